namespace PSTransfer.Core.Tests.Backbones;

public sealed class BackboneLayoutTests
{
    public static TheoryData<string> Names => [.. BackboneCatalogue.All.Select(spec => spec.Name)];

    /// <summary>
    /// As published, without the classifier: torchvision counts parameters, Keras the moving statistics as well. resnet20 by hand, from its
    /// table.
    /// </summary>
    [Theory]
    [InlineData("resnet20", 432 + 13_824 + 50_688 + 202_752 + 2_560 + (2 * 7 * (16 + 32 + 64)))]
    [InlineData("resnet18", 11_176_512)]
    [InlineData("resnet34", 21_284_672)]
    [InlineData("resnet50", 23_508_032)]
    [InlineData("resnet101", 42_500_160)]
    [InlineData("resnet152", 58_143_808)]
    [InlineData("resnext50_32x4d", 22_979_904)]
    [InlineData("wide_resnet50_2", 66_834_240)]
    [InlineData("vgg16", 14_714_688)]
    [InlineData("vgg16-bn", 14_723_136)]
    [InlineData("mobilenetv2", 2_223_872)]
    [InlineData("mobilenetv3-small", 2_542_856 - 1_615_848)]
    [InlineData("mobilenetv3-large", 5_483_032 - 2_511_080)]
    [InlineData("inceptionv3", 27_161_264 - 2_049_000 - 3_326_696)]
    [InlineData("densenet121", 6_953_856)]
    [InlineData("densenet169", 14_149_480 - (1_665 * 1_000))]
    [InlineData("densenet201", 20_013_928 - (1_921 * 1_000))]
    [InlineData("efficientnet-b0", 5_288_548 - (1_281 * 1_000))]
    [InlineData("efficientnet-b1", 7_794_184 - (1_281 * 1_000))]
    [InlineData("efficientnet-b2", 9_109_994 - (1_409 * 1_000))]
    [InlineData("efficientnet-b3", 12_233_232 - (1_537 * 1_000))]
    [InlineData("efficientnet-b4", 19_341_616 - (1_793 * 1_000))]
    [InlineData("regnet_y_400mf", 4_344_144 - (441 * 1_000))]
    [InlineData("convnext-tiny", 28_589_128 - (769 * 1_000) - (2 * 768))]
    [InlineData("keras-resnet50", 23_587_712)]
    [InlineData("keras-resnet101", 42_658_176)]
    [InlineData("keras-resnet152", 58_370_944)]
    [InlineData("keras-resnet50v2", 23_564_800)]
    [InlineData("keras-vgg16", 14_714_688)]
    [InlineData("keras-xception", 20_861_480)]
    [InlineData("keras-mobilenet", 3_228_864)]
    [InlineData("keras-mobilenetv2", 2_257_984)]
    [InlineData("keras-densenet121", 7_037_504)]
    [InlineData("keras-inceptionv3", 21_802_784)]
    [InlineData("keras-inceptionresnetv2", 54_336_736)]
    [InlineData("keras-efficientnetb0", 4_049_571)]
    [InlineData("keras-efficientnetb1", 6_575_239)]
    [InlineData("keras-efficientnetb2", 7_768_569)]
    [InlineData("keras-efficientnetb3", 10_783_535)]
    public void ParametersAreCountedAsTheOriginalCountsThem(string name, long expected) =>
        Assert.Equal(expected, BackboneSummary.Of(BackboneCatalogue.Find(name)).ParameterCount);

    public static TheoryData<string> TensorLists =>
        [.. Directory.EnumerateFiles(Folder, "*-tensors.txt")
            .Select(file => Path.GetFileName(file)[..^"-tensors.txt".Length])
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(TensorLists))]
    public void TensorsHaveTheOriginalsNamesShapesAndOrder(string name)
    {
        using var network = Create(name, 96);
        Assert.Equal(Lines($"{name}-tensors.txt"), network.State.Select(tensor => $"{tensor.Key} {string.Join(' ', tensor.Value.shape)}"));
    }

    public static TheoryData<string> LayerLists =>
        [.. Directory.EnumerateFiles(Folder, "*-layers.txt")
            .Select(file => Path.GetFileName(file)[..^"-layers.txt".Length])
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(LayerLists))]
    public void KerasNetworksHaveKerasLayersInKerasOrder(string name)
    {
        using var network = Create(name, 96);
        Assert.Equal(Lines($"{name}-layers.txt"), network.Backbone.Layers.Select(layer => layer.Name));
    }

    /// <summary>
    /// As people count them, with index 0 for the input; Keras' guide to fine-tuning freezes InceptionV3's layers[:249], all up to mixed8.
    /// </summary>
    [Theory]
    [InlineData("keras-resnet50", 175, 140, "conv4_block6_3_bn")]
    [InlineData("keras-resnet101", 345, 344, "conv5_block3_out")]
    [InlineData("keras-resnet152", 515, 514, "conv5_block3_out")]
    [InlineData("keras-resnet50v2", 190, 189, "post_relu")]
    [InlineData("keras-vgg16", 19, 15, "block5_conv1")]
    [InlineData("keras-xception", 132, 126, "block14_sepconv1")]
    [InlineData("keras-mobilenet", 86, 85, "conv_pw_13_relu")]
    [InlineData("keras-mobilenetv2", 154, 153, "out_relu")]
    [InlineData("keras-densenet121", 427, 426, "relu")]
    [InlineData("keras-inceptionv3", 311, 248, "mixed8")]
    [InlineData("keras-inceptionresnetv2", 780, 779, "conv_7b_ac")]
    [InlineData("keras-efficientnetb0", 238, 3, "rescaling_1")]
    public void LayersAreCountedAsKerasCountsThem(string name, int count, int index, string layer)
    {
        using var network = Create(name, 96);
        Assert.Equal(count, network.Backbone.Layers.Count);
        Assert.Equal(layer, network.Backbone.Layers[index].Name);
    }

    /// <summary>torchvision's modules that have no parts or tensors of their own, in the order in which it registers them.</summary>
    [Theory]
    [InlineData("mobilenetv3-small")]
    [InlineData("inceptionv3")]
    [InlineData("efficientnet-b0")]
    [InlineData("regnet_y_400mf")]
    [InlineData("convnext-tiny")]
    public void LayersHaveTorchvisionsNamesAndOrder(string name)
    {
        using var network = Create(name, 96);
        Assert.Equal(Lines($"{name}-layers.txt"), network.Backbone.Layers.Select(layer => layer.Name));
    }

    /// <summary>What torchvision's modules print; 0 where its block has no shortcut and doesn't apply them.</summary>
    [Theory]
    [InlineData("efficientnet-b0", "features.1.0.stochastic_depth", 0)]
    [InlineData("efficientnet-b0", "features.2.0.stochastic_depth", 0)]
    [InlineData("efficientnet-b0", "features.2.1.stochastic_depth", 0.025)]
    [InlineData("efficientnet-b0", "features.6.3.stochastic_depth", 0.175)]
    [InlineData("efficientnet-b4", "features.7.1.stochastic_depth", 0.19375)]
    [InlineData("convnext-tiny", "features.1.0.stochastic_depth", 0)]
    [InlineData("convnext-tiny", "features.1.1.stochastic_depth", 0.0058823529411764705)]
    [InlineData("convnext-tiny", "features.7.2.stochastic_depth", 0.1)]
    public void BranchesAreDroppedAtTheOriginalsRates(string name, string layer, double rate)
    {
        using var network = Create(name, 32);
        Assert.Equal(rate, network.Backbone.Layers.OfType<StochasticDepth>().Single(drop => drop.Name == layer).Rate, 1e-12);
    }

    /// <summary>Keras drops the whole branch of a block at 0.2 times the share of the blocks before it.</summary>
    [Theory]
    [InlineData("keras-efficientnetb0", "block2b_drop", 0.2 * 2 / 16)]
    [InlineData("keras-efficientnetb0", "block6d_drop", 0.2 * 14 / 16)]
    [InlineData("keras-efficientnetb1", "block1b_drop", 0.2 * 1 / 23)]
    [InlineData("keras-efficientnetb3", "block7b_drop", 0.2 * 25 / 26)]
    public void DeeperBlocksAreDroppedMoreOften(string name, string layer, double rate)
    {
        using var network = Create(name, 64);
        Assert.Equal(rate, network.Backbone.Layers.OfType<StochasticDepth>().Single(drop => drop.Name == layer).Rate, 12);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void LayersAreListedOnceEachUnderAName(string name)
    {
        using var network = Create(name, 96);
        var layers = network.Backbone.Layers;
        Assert.Equal(layers.Count, layers.Select(layer => layer.Name).Where(layer => layer.Length > 0).Distinct().Count());
        var spec = network.Spec;
        Assert.All(layers.OfType<BatchNorm>(), norm => Assert.Equal(
            (
                spec.Momentum ?? (spec.Family == BackboneFamily.Keras ? 0.01 : 0.1),
                spec.Epsilon,
                spec.Family == BackboneFamily.Keras ? VarianceEstimator.Biased : VarianceEstimator.Unbiased),
            (norm.Momentum, norm.Epsilon, norm.Estimator)));
    }

    [Theory]
    [InlineData("resnet20", 8, 8)]
    [InlineData("resnet20", 29, 13)]
    [InlineData("resnet18", 32, 32)]
    [InlineData("resnet18", 33, 75)]
    [InlineData("resnet50", 47, 32)]
    [InlineData("resnext50_32x4d", 33, 47)]
    [InlineData("vgg16", 33, 75)]
    [InlineData("mobilenetv2", 33, 47)]
    [InlineData("mobilenetv3-small", 33, 47)]
    [InlineData("mobilenetv3-large", 32, 75)]
    [InlineData("inceptionv3", 75, 107)]
    [InlineData("densenet121", 33, 75)]
    [InlineData("densenet169", 47, 32)]
    [InlineData("densenet201", 32, 33)]
    [InlineData("efficientnet-b0", 33, 75)]
    [InlineData("efficientnet-b1", 32, 32)]
    [InlineData("efficientnet-b2", 47, 33)]
    [InlineData("efficientnet-b3", 75, 32)]
    [InlineData("efficientnet-b4", 33, 33)]
    [InlineData("regnet_y_400mf", 33, 47)]
    [InlineData("convnext-tiny", 32, 32)]
    [InlineData("convnext-tiny", 35, 75)]
    [InlineData("keras-resnet50", 32, 32)]
    [InlineData("keras-resnet50", 33, 75)]
    [InlineData("keras-resnet101", 47, 33)]
    [InlineData("keras-resnet152", 32, 33)]
    [InlineData("keras-resnet50v2", 32, 33)]
    [InlineData("keras-resnet50v2", 47, 75)]
    [InlineData("keras-vgg16", 33, 75)]
    [InlineData("keras-xception", 71, 71)]
    [InlineData("keras-xception", 72, 97)]
    [InlineData("keras-mobilenet", 32, 33)]
    [InlineData("keras-mobilenet", 47, 75)]
    [InlineData("keras-mobilenetv2", 32, 33)]
    [InlineData("keras-mobilenetv2", 47, 75)]
    [InlineData("keras-densenet121", 33, 75)]
    [InlineData("keras-inceptionv3", 75, 102)]
    [InlineData("keras-inceptionresnetv2", 75, 102)]
    [InlineData("keras-efficientnetb0", 32, 32)]
    [InlineData("keras-efficientnetb0", 33, 74)]
    [InlineData("keras-efficientnetb3", 47, 36)]
    public void OddSizesWorkAndTheAnnouncedShapesAreTheRealOnes(string name, int height, int width)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var network = TransferNetwork.Create(BackboneCatalogue.Find(name), new ImageShape(height, width, 3), seed: 1);
        var x = torch.zeros(1, 3, height, width);
        foreach (var layer in network.Backbone.Layers.Where(layer => layer is Conv or MaxPool or AveragePool or ZeroPadding).Append(null))
        {
            var announced = layer is null ? network.Backbone.OutputShape : network.Backbone.ShapeOf(layer);
            using var map = network.Features(x, ForwardPass.Inference, layer);
            Assert.Equal([1, announced.Channels, announced.Height, announced.Width], map.shape);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ImagesBelowTheMinimumAreRefusedByName(string name)
    {
        var spec = BackboneCatalogue.Find(name);
        using (Create(name, spec.MinimumImageSize))
        {
        }

        foreach (var shape in (ImageShape[])[
            new(spec.MinimumImageSize - 1, 64, 3), new(64, spec.MinimumImageSize - 1, 3), new(0, 0, 3), new(-5, 64, 3)
        ])
        {
            var error = Assert.Throws<PSTransferException>(() => TransferNetwork.Create(spec, shape, seed: null));
            Assert.Equal(FaultKind.InvalidArgument, error.Kind);
            Assert.Contains(
                $"{name} needs images of at least {spec.MinimumImageSize}×{spec.MinimumImageSize}",
                error.Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("resnet18", 1)]
    [InlineData("keras-resnet50", 1)]
    [InlineData("keras-efficientnetb0", 1)]
    [InlineData("resnet20", 4)]
    [InlineData("resnet20", 0)]
    public void ChannelsThatDoNotFitAreRefused(string name, int channels) =>
        Assert.Contains(
            "3 channels",
            Assert.Throws<PSTransferException>(() =>
                TransferNetwork.Create(BackboneCatalogue.Find(name), new ImageShape(64, 64, channels), seed: null)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("ResNet50", "resnet50")]
    [InlineData("RESNET-50", "resnet50")]
    [InlineData("vgg16_bn", "vgg16-bn")]
    [InlineData("ResNeXt50-32x4d", "resnext50_32x4d")]
    [InlineData("Keras_ResNet50", "keras-resnet50")]
    [InlineData("kerasresnet 50", "keras-resnet50")]
    public void NamesAreFoundWhateverCaseAndDashes(string asked, string found) => Assert.Equal(found, BackboneCatalogue.Find(asked).Name);

    [Theory]
    [InlineData("resnt50", "resnet50")]
    [InlineData("keras-resnet5", "keras-resnet50")]
    public void AnUnknownNameGetsTheNearest(string asked, string nearest)
    {
        var error = Assert.Throws<PSTransferException>(() => BackboneCatalogue.Find(asked));
        Assert.Equal(FaultKind.NotFound, error.Kind);
        Assert.Contains($"'{asked}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(nearest, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheSameSeedGivesTheSameStart()
    {
        using var a = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(8, 8, 3), seed: 3);
        using var b = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(8, 8, 3), seed: 3);
        using var c = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(8, 8, 3), seed: 4);
        Assert.Empty(Tests.Models.Bits.Differences(Tests.Models.Bits.Of(a), Tests.Models.Bits.Of(b)));
        Assert.Equal(
            a.Backbone.Layers.OfType<Conv>().Select(conv => conv.Name + ".weight"),
            Tests.Models.Bits.Differences(Tests.Models.Bits.Of(a), Tests.Models.Bits.Of(c)));
    }

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Fixtures", "backbones");

    private static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Folder, file));

    private static TransferNetwork Create(string name, int size) =>
        TransferNetwork.Create(BackboneCatalogue.Find(name), new ImageShape(size, size, 3), seed: null);
}
