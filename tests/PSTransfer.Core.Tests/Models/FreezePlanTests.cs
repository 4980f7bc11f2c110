namespace PSTransfer.Core.Tests.Models;

public sealed class FreezePlanTests
{
    [Fact]
    public void TheWholeBackboneIsTheDefaultAndTheHeadKeepsLearning()
    {
        using var network = SmallNetwork.Create();

        Assert.Empty(new FreezePlan { Mode = FreezeMode.Inference }.Apply(network));

        Assert.Equal(FreezeMode.Inference, network.FreezeMode);
        Assert.All(network.HeadGraph!.Layers, layer => Assert.Equal(FreezeMode.None, layer.Mode));
        Assert.Equal(network.HeadGraph!.Layers.Sum(layer => layer.Parameters.Sum(p => p.Value.numel())), network.TrainableParameters);
    }

    [Fact]
    public void FirstCutsBetweenAConvolutionAndItsBatchNormWithAWarning()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("keras-resnet50"), new ImageShape(32, 32, 3), seed: null);

        var warnings = new FreezePlan { Mode = FreezeMode.Inference, First = 140 }.Apply(network);

        Assert.Equal(140, network.Backbone.Layers.Count(layer => layer.Mode == FreezeMode.Inference));
        Assert.Contains(
            warnings,
            warning =>
                warning.Contains("conv4_block6_3_conv", StringComparison.Ordinal)
                    && warning.Contains("conv4_block6_3_bn", StringComparison.Ordinal));
        Assert.Null(network.FreezeMode);
    }

    [Fact]
    public void FirstWithoutACutGivesNoWarning()
    {
        using var network = SmallNetwork.Create();

        Assert.Empty(new FreezePlan { Mode = FreezeMode.Legacy, First = 3 }.Apply(network));

        Assert.Equal(["conv1", "bn1", "relu1"], network.Layers.Where(layer => layer.Mode == FreezeMode.Legacy).Select(layer => layer.Name));
        Assert.Single(new FreezePlan { Mode = FreezeMode.Legacy, First = 4 }.Apply(network));
    }

    /// <summary>In DenseNet a BatchNorm follows the concatenation of all before it: only norm2 belongs to a convolution.</summary>
    [Theory]
    [InlineData("features.denseblock1.denselayer1.relu1", 0)]
    [InlineData("features.denseblock1.denselayer1.conv1", 1)]
    [InlineData("features.denseblock1.denselayer1.conv2", 0)]
    public void ABatchNormBehindAConcatenationIsNotCutOff(string last, int expected)
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("densenet121"), new ImageShape(32, 32, 3), seed: null);
        var first = network.Backbone.Layers.Select(layer => layer.Name).ToList().IndexOf(last) + 1;
        Assert.Equal(expected, new FreezePlan { Mode = FreezeMode.Inference, First = first }.Apply(network).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(7)]
    public void FirstOutsideOfTheModelNamesTheRange(int first)
    {
        using var network = SmallNetwork.Create();
        var error = Assert.Throws<PSTransferException>(() => new FreezePlan { Mode = FreezeMode.None, First = first }.Apply(network));
        Assert.Equal(FaultKind.InvalidArgument, error.Kind);
        Assert.Contains("from 1 to 6", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PatternsAddUpAndLayersOutsideKeepWhatTheyHad()
    {
        using var network = SmallNetwork.Create();
        new FreezePlan { Mode = FreezeMode.Legacy }.Apply(network);

        new FreezePlan { Mode = FreezeMode.Inference, LayerPatterns = ["BN*", "head.logits", "conv?"] }.Apply(network);

        Assert.Equal(
            ["conv1 Inference", "bn1 Inference", "relu1 Legacy", "conv2 Inference", "bn2 Inference", "relu2 Legacy", "head.pool None", "head.logits Inference"
            ],
            network.Layers.Select(layer => $"{layer.Name} {layer.Mode}"));
    }

    [Fact]
    public void APatternWithoutAMatchChangesNothingAndNamesTheNearestLayer()
    {
        using var network = SmallNetwork.Create();

        var error = Assert.Throws<PSTransferException>(() =>
            new FreezePlan { Mode = FreezeMode.Inference, LayerPatterns = ["bn1", "bn3"] }.Apply(network));

        Assert.Equal(FaultKind.NotFound, error.Kind);
        Assert.Contains("'bn3'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'bn1'", error.Message, StringComparison.Ordinal);
        Assert.Equal(FreezeMode.None, network.FreezeMode);
    }

    [Theory]
    [InlineData("Keras2.1.2", FreezeMode.Drifting, VarianceEstimator.KerasFused, 0.01, 0.01)]
    [InlineData("Keras2.3", FreezeMode.Legacy, VarianceEstimator.KerasFused, 0.01, 0.01)]
    [InlineData("TensorFlow1", FreezeMode.Legacy, VarianceEstimator.Unbiased, 0.01, 0.01)]
    [InlineData("TensorFlow2", FreezeMode.Inference, VarianceEstimator.Unbiased, 0.01, 0.01)]
    [InlineData("Keras3", FreezeMode.Inference, VarianceEstimator.Biased, 0.01, 0.01)]
    [InlineData("PyTorch", FreezeMode.Drifting, VarianceEstimator.Unbiased, 0.1, 0.1)]
    [InlineData("Lightning", FreezeMode.LiveBatchNorm, VarianceEstimator.Unbiased, 0.1, 0.1)]
    [InlineData("LightningFrozenBatchNorm", FreezeMode.Legacy, VarianceEstimator.Unbiased, 0.1, 0.1)]
    [InlineData("TensorFlowJs", FreezeMode.Drifting, VarianceEstimator.Biased, 0.01, 0.01)]
    [InlineData("timm", FreezeMode.Inference, VarianceEstimator.Unbiased, 0.1, 0.1)]
    [InlineData("fastai", FreezeMode.LiveBatchNorm, VarianceEstimator.Unbiased, 0.1, 0.1)]
    [InlineData("fastaiBnFreeze", FreezeMode.Inference, VarianceEstimator.Unbiased, 0.1, 0.1)]
    public void AnErasModeEstimatorAndMomentumComeTogether(
        string name, FreezeMode mode, VarianceEstimator estimator, double onTorch, double onKeras)
    {
        var era = FrameworkEra.Find(name.ToUpperInvariant());
        Assert.Equal(mode, era.Mode);
        Assert.Equal((estimator, onTorch), Apply(BackboneFamily.Torch));
        Assert.Equal((estimator, onKeras), Apply(BackboneFamily.Keras));

        (VarianceEstimator, double) Apply(BackboneFamily family)
        {
            using var network = SmallNetwork.Create(family);
            new FreezePlan { Mode = era.Mode, Era = era }.Apply(network);
            Assert.Equal(era.Mode, network.FreezeMode);
            var norm = network.BatchNorms.First();
            return (norm.Estimator, Math.Round(norm.Momentum, 12));
        }
    }

    [Fact]
    public void TheTwelveErasAreTested() => Assert.Equal(12, FrameworkEra.All.Count);

    [Fact]
    public void AnEraOfTheOwnFamilyLeavesAMomentumOfItsOwn()
    {
        using var network = SmallNetwork.Create(BackboneFamily.Keras);
        foreach (var norm in network.BatchNorms)
        {
            norm.Momentum = 0.001;
        }

        Apply("Keras3");
        Assert.All(network.BatchNorms, norm => Assert.Equal(0.001, norm.Momentum));
        Apply("PyTorch");
        Assert.All(network.BatchNorms, norm => Assert.Equal(0.1, norm.Momentum));

        void Apply(string name) => new FreezePlan { Mode = FrameworkEra.Find(name).Mode, Era = FrameworkEra.Find(name) }.Apply(network);
    }

    [Fact]
    public void AModeAloneLeavesEstimatorAndMomentum()
    {
        using var network = SmallNetwork.Create(BackboneFamily.Keras);
        new FreezePlan { Mode = FreezeMode.Drifting }.Apply(network);
        Assert.All(network.BatchNorms, norm => Assert.Equal((VarianceEstimator.Biased, 0.01), (norm.Estimator, norm.Momentum)));
    }

    [Fact]
    public void AnUnknownEraNamesTheNearest()
    {
        var error = Assert.Throws<PSTransferException>(() => FrameworkEra.Find("PyTroch"));
        Assert.Contains("Did you mean 'PyTorch'?", error.Message, StringComparison.Ordinal);
        Assert.Contains("fastaiBnFreeze", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFrozenParameterHasNoGradientAndLosesTheOneItHad()
    {
        using var network = SmallNetwork.Create();
        using var random = new torch.Generator(0, torch.CPU);
        Backward(network, random);
        Assert.All(network.Layers.SelectMany(layer => layer.Parameters), p => Assert.NotNull(p.Value.grad));

        new FreezePlan { Mode = FreezeMode.LiveBatchNorm }.Apply(network);
        Assert.All(network.Backbone.Layers.OfType<Conv>(), conv => Assert.Null(conv.Parameters[0].Value.grad));
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        Backward(network, random);

        Assert.All(
            network.Backbone.Layers.SelectMany(layer => layer.Parameters),
            p => Assert.True(p.Value.grad is null && !p.Value.requires_grad));
        Assert.All(network.HeadGraph!.Layers.SelectMany(layer => layer.Parameters), p => Assert.NotNull(p.Value.grad));
    }

    [Fact]
    public void UnfreezingIsFreezingUnderNone()
    {
        using var network = SmallNetwork.Create();
        var all = network.TrainableParameters;
        new FreezePlan { Mode = FreezeMode.Inference, LayerPatterns = ["*"] }.Apply(network);
        Assert.Equal(0, network.TrainableParameters);

        new FreezePlan { Mode = FreezeMode.None, LayerPatterns = ["*"] }.Apply(network);

        Assert.Equal(all, network.TrainableParameters);
        Assert.All(network.Layers.SelectMany(layer => layer.Parameters), p => Assert.True(p.Value.requires_grad));
    }

    [Fact]
    public void TheLayerTableShowsTheSwitches()
    {
        using var network = SmallNetwork.Create(BackboneFamily.Keras);
        new FreezePlan { Mode = FreezeMode.Drifting, First = 3 }.Apply(network);

        var rows = network.Describe();

        Assert.Equal(Enumerable.Range(0, 8), rows.Select(row => row.Index));
        Assert.Equal(new LayerRow(0, "conv1", "Conv", "(8, 8, 4)", 108, false, null, null, null, FreezeMode.Drifting), rows[0]);
        Assert.Equal(
            new LayerRow(1, "bn1", "BatchNorm", "(8, 8, 4)", 16, false, NormalizationSource.Batch, true, null, FreezeMode.Drifting),
            rows[1]);
        Assert.Equal(new LayerRow(2, "relu1", "Relu", "(8, 8, 4)", 0, null, null, null, null, FreezeMode.Drifting), rows[2]);
        Assert.Equal(new LayerRow(7, "head.logits", "Dense", "(3)", 21, true, null, null, null, FreezeMode.None), rows[7]);
    }

    private static void Backward(TransferNetwork network, torch.Generator random)
    {
        using var scope = torch.NewDisposeScope();
        network.Forward(torch.ones(2, 3, 8, 8), ForwardPass.Fit(random)).square().sum().backward();
    }
}
