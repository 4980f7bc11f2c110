using PSTransfer.Core.Backbones.Names;

namespace PSTransfer.Core.Tests.Models.Matching;

public sealed class TorchNamesTests
{
    /// <summary>What wraps a network puts a prefix before every name; what stands beside it is left aside.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    [InlineData("_orig_mod.")]
    [InlineData("module._orig_mod.")]
    [InlineData("model.backbone.body.")]
    public void APrefixIsFoundWhateverItIs(string prefix)
    {
        var (spec, wanted) = Wanted("resnet18");
        var file = File(
            [.. wanted.Select(tensor =>
                prefix + tensor.Name), $"{prefix}fc.weight", $"{prefix}bn1.num_batches_tracked", .. prefix.Length > 0
                ? (string[])["rpn.conv.weight"]
                : []
            ],
            [.. wanted.Select(tensor => tensor.Shape), [1000, 512], [], .. prefix.Length > 0 ? (long[][])[[3, 3]] : []]);

        var match = WeightMatch.Of(spec, wanted, file);

        Assert.True(match.IsComplete(wanted, file.Convention));
        Assert.All(wanted, tensor => Assert.Equal(prefix + tensor.Name, match.Sources[tensor.Name].Name));
        Assert.Equal(file.Tensors.Count - wanted.Count, match.Skipped.Count);
        Assert.Equal(prefix.Length > 0 ? $"Taken were those that begin with '{prefix}'." : null, match.Note);
    }

    /// <summary>ResNet101 has every tensor of ResNet50, in its shape, and more.</summary>
    [Fact]
    public void ADeeperNetworkIsNotItsFirstLayers()
    {
        var (spec, wanted) = Wanted("resnet50");
        var deeper = Wanted("resnet101").Wanted;
        var match = WeightMatch.Of(
            spec, wanted, File([.. deeper.Select(tensor => tensor.Name)], [.. deeper.Select(tensor => tensor.Shape)]));

        Assert.Equal(wanted.Count, match.Sources.Count);
        Assert.Contains("layer3.22.conv1.weight", match.Unexpected.Select(tensor => tensor.Name));
    }

    /// <summary>A factor for each channel is C×1×1 in torchvision's ConvNeXt and C in the others'.</summary>
    [Fact]
    public void DimensionsOfOneDoNotCount()
    {
        var (spec, wanted) = Wanted("convnext-tiny");
        var style = spec.OtherNames.Single(style => style.Who == "timm's");
        var file = File(
            [.. wanted.Select(tensor => style.Of(tensor.Name)), "head.norm.weight"],
            [.. wanted.Select(tensor => tensor.Key == "layer_scale" ? [tensor.Shape[0]] : tensor.Shape), [768]]);
        Assert.True(WeightMatch.Of(spec, wanted, file).IsComplete(wanted, file.Convention));
    }

    /// <summary>Names of published files, by whom.</summary>
    [Theory]
    [InlineData("resnet18", "Hugging Face's", "conv1.weight", "embedder.embedder.convolution.weight")]
    [InlineData("resnet18", "Hugging Face's", "bn1.running_var", "embedder.embedder.normalization.running_var")]
    [InlineData("resnet50", "Hugging Face's", "layer1.0.downsample.0.weight", "encoder.stages.0.layers.0.shortcut.convolution.weight")]
    [InlineData("resnet50", "Hugging Face's", "layer3.5.conv3.weight", "encoder.stages.2.layers.5.layer.2.convolution.weight")]
    [InlineData("resnet50", "Hugging Face's", "layer4.2.bn1.running_mean", "encoder.stages.3.layers.2.layer.0.normalization.running_mean")]
    [InlineData("resnet50", "Hugging Face's", "layer2.0.downsample.1.bias", "encoder.stages.1.layers.0.shortcut.normalization.bias")]
    [InlineData("mobilenetv2", "timm's", "features.0.0.weight", "conv_stem.weight")]
    [InlineData("mobilenetv2", "timm's", "features.0.1.bias", "bn1.bias")]
    [InlineData("mobilenetv2", "timm's", "features.1.conv.0.0.weight", "blocks.0.0.conv_dw.weight")]
    [InlineData("mobilenetv2", "timm's", "features.1.conv.0.1.weight", "blocks.0.0.bn1.weight")]
    [InlineData("mobilenetv2", "timm's", "features.1.conv.1.weight", "blocks.0.0.conv_pw.weight")]
    [InlineData("mobilenetv2", "timm's", "features.1.conv.2.running_mean", "blocks.0.0.bn2.running_mean")]
    [InlineData("mobilenetv2", "timm's", "features.2.conv.0.0.weight", "blocks.1.0.conv_pw.weight")]
    [InlineData("mobilenetv2", "timm's", "features.4.conv.1.0.weight", "blocks.2.0.conv_dw.weight")]
    [InlineData("mobilenetv2", "timm's", "features.10.conv.2.weight", "blocks.3.3.conv_pwl.weight")]
    [InlineData("mobilenetv2", "timm's", "features.17.conv.3.weight", "blocks.6.0.bn3.weight")]
    [InlineData("mobilenetv2", "timm's", "features.18.0.weight", "conv_head.weight")]
    [InlineData("mobilenetv2", "timm's", "features.18.1.running_var", "bn2.running_var")]
    [InlineData("efficientnet-b0", "timm's", "features.0.0.weight", "conv_stem.weight")]
    [InlineData("efficientnet-b0", "timm's", "features.1.0.block.0.0.weight", "blocks.0.0.conv_dw.weight")]
    [InlineData("efficientnet-b0", "timm's", "features.1.0.block.0.1.bias", "blocks.0.0.bn1.bias")]
    [InlineData("efficientnet-b0", "timm's", "features.1.0.block.1.fc1.weight", "blocks.0.0.se.conv_reduce.weight")]
    [InlineData("efficientnet-b0", "timm's", "features.1.0.block.2.0.weight", "blocks.0.0.conv_pw.weight")]
    [InlineData("efficientnet-b0", "timm's", "features.1.0.block.2.1.running_mean", "blocks.0.0.bn2.running_mean")]
    [InlineData("efficientnet-b0", "timm's", "features.2.1.block.0.0.weight", "blocks.1.1.conv_pw.weight")]
    [InlineData("efficientnet-b0", "timm's", "features.2.1.block.1.1.weight", "blocks.1.1.bn2.weight")]
    [InlineData("efficientnet-b0", "timm's", "features.6.3.block.2.fc2.bias", "blocks.5.3.se.conv_expand.bias")]
    [InlineData("efficientnet-b0", "timm's", "features.7.0.block.3.0.weight", "blocks.6.0.conv_pwl.weight")]
    [InlineData("efficientnet-b0", "timm's", "features.7.0.block.3.1.running_var", "blocks.6.0.bn3.running_var")]
    [InlineData("efficientnet-b0", "timm's", "features.8.0.weight", "conv_head.weight")]
    [InlineData("convnext-tiny", "timm's", "features.0.1.weight", "stem.1.weight")]
    [InlineData("convnext-tiny", "timm's", "features.1.0.layer_scale", "stages.0.blocks.0.gamma")]
    [InlineData("convnext-tiny", "timm's", "features.2.1.weight", "stages.1.downsample.1.weight")]
    [InlineData("convnext-tiny", "timm's", "features.5.8.block.3.bias", "stages.2.blocks.8.mlp.fc1.bias")]
    [InlineData("convnext-tiny", "Hugging Face's", "features.0.0.weight", "embeddings.patch_embeddings.weight")]
    [InlineData("convnext-tiny", "Hugging Face's", "features.1.2.block.0.weight", "encoder.stages.0.layers.2.dwconv.weight")]
    [InlineData("convnext-tiny", "Hugging Face's", "features.4.0.bias", "encoder.stages.2.downsampling_layer.0.bias")]
    [InlineData("convnext-tiny", "Hugging Face's", "features.7.1.layer_scale", "encoder.stages.3.layers.1.layer_scale_parameter")]
    [InlineData("regnet_y_400mf", "timm's", "stem.0.weight", "stem.conv.weight")]
    [InlineData("regnet_y_400mf", "timm's", "trunk_output.block1.block1-0.proj.1.weight", "s1.b1.downsample.bn.weight")]
    [InlineData("regnet_y_400mf", "timm's", "trunk_output.block2.block2-1.f.a.0.weight", "s2.b2.conv1.conv.weight")]
    [InlineData("regnet_y_400mf", "timm's", "trunk_output.block4.block4-5.f.se.fc2.bias", "s4.b6.se.fc2.bias")]
    public void OthersNamesAreKnown(string backbone, string who, string ours, string theirs) =>
        Assert.Equal(theirs, BackboneCatalogue.Find(backbone).OtherNames.Single(style => style.Who == who).Of(ours));

    public static TheoryData<string, string> Styles =>
        [.. BackboneCatalogue.All.SelectMany(spec =>
            spec.OtherNames.Select(style => new TheoryDataRow<string, string>(spec.Name, style.Who)))];

    [Theory]
    [MemberData(nameof(Styles))]
    public void AFileWithOthersNamesIsMatchedWhole(string backbone, string who)
    {
        var (spec, wanted) = Wanted(backbone);
        var style = spec.OtherNames.Single(style => style.Who == who);
        var names = wanted.Select(tensor => style.Of(tensor.Name)).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());

        var file = File(
            [.. names.Select(name => $"net.{name}"), "classifier.1.weight"], [.. wanted.Select(tensor => tensor.Shape), [10, 10]]);
        var match = WeightMatch.Of(spec, wanted, file);

        Assert.True(match.IsComplete(wanted, file.Convention));
        Assert.Equal($"The names are {who}; taken were those that begin with 'net.'.", match.Note);
    }

    private static (BackboneSpec Spec, IReadOnlyList<WantedTensor> Wanted) Wanted(string backbone)
    {
        var spec = BackboneCatalogue.Find(backbone);
        using var network = TransferNetwork.Create(spec, new ImageShape(96, 96, 3), seed: null);
        return (spec, WantedTensor.Of(network.Backbone));
    }

    private static MemoryFile File(string[] names, IReadOnlyList<long>[] shapes) =>
        new(WeightConvention.Torch, [.. names.Zip(shapes, (name, shape) => new StoredTensor(name, shape, "float32"))]);
}
