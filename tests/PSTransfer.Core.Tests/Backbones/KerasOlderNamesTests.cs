namespace PSTransfer.Core.Tests.Backbones;

/// <summary>
/// The names that layers have in the files that Keras published, as people who read these files with other programs give them.
/// </summary>
public sealed class KerasOlderNamesTests
{
    [Theory]
    [InlineData("keras-xception", "block1_conv1", "convolution2d_1")]
    [InlineData("keras-xception", "block1_conv2_bn", "batchnormalization_2")]
    [InlineData("keras-xception", "conv2d", "convolution2d_3")]
    [InlineData("keras-xception", "batch_normalization", "batchnormalization_3")]
    [InlineData("keras-xception", "block2_sepconv1", "separableconvolution2d_1")]
    [InlineData("keras-xception", "block2_sepconv1_bn", "batchnormalization_4")]
    [InlineData("keras-xception", "conv2d_1", "convolution2d_4")]
    [InlineData("keras-xception", "batch_normalization_2", "batchnormalization_9")]
    [InlineData("keras-xception", "block4_sepconv2", "separableconvolution2d_6")]
    [InlineData("keras-xception", "block12_sepconv3", "separableconvolution2d_30")]
    [InlineData("keras-xception", "block12_sepconv3_bn", "batchnormalization_35")]
    [InlineData("keras-xception", "conv2d_3", "convolution2d_6")]
    [InlineData("keras-xception", "batch_normalization_3", "batchnormalization_36")]
    [InlineData("keras-xception", "block13_sepconv2", "separableconvolution2d_32")]
    [InlineData("keras-xception", "block14_sepconv2_bn", "batchnormalization_40")]
    [InlineData("keras-mobilenetv2", "expanded_conv_depthwise", "mobl0_conv_0_depthwise")]
    [InlineData("keras-mobilenetv2", "expanded_conv_project_BN", "bn0_conv_0_bn_project")]
    [InlineData("keras-mobilenetv2", "block_1_expand", "mobl1_conv_1_expand")]
    [InlineData("keras-mobilenetv2", "block_16_depthwise_BN", "bn16_conv_16_bn_depthwise")]
    [InlineData("keras-densenet121", "conv1_conv", "conv1/conv")]
    [InlineData("keras-densenet121", "conv1_bn", "conv1/bn")]
    public void LayersAreFoundUnderTheirOlderNames(string backbone, string today, string older) =>
        Assert.Equal(older, BackboneCatalogue.Find(backbone).OlderNames!.Of(today));

    [Theory]
    [InlineData("keras-xception", 80)]
    [InlineData("keras-mobilenetv2", 4 + (16 * 6))]
    [InlineData("keras-densenet121", 2)]
    public void EveryLayerHasOneOfItsOwn(string backbone, int count)
    {
        var spec = BackboneCatalogue.Find(backbone);
        using var network = TransferNetwork.Create(spec, new ImageShape(96, 96, 3), seed: null);
        var names = network.Backbone.Layers
            .Where(layer => layer.State.Any())
            .Select(layer => spec.OlderNames!.Of(layer.Name))
            .OfType<string>()
            .ToList();
        Assert.Equal(count, names.Distinct().Count());
        Assert.Equal(count, names.Count);
    }

    /// <summary>Networks that came when the names were today's.</summary>
    [Theory]
    [InlineData("keras-resnet101")]
    [InlineData("keras-resnet152")]
    [InlineData("keras-resnet50v2")]
    [InlineData("keras-vgg16")]
    [InlineData("keras-mobilenet")]
    public void OthersHaveNone(string backbone) => Assert.Null(BackboneCatalogue.Find(backbone).OlderNames);
}
