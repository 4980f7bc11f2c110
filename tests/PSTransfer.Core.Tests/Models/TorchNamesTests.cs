using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
using PSTransfer.Core.Models;
using PSTransfer.Core.Weights;
using Xunit;

namespace PSTransfer.Core.Tests.Models;

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
            [.. wanted.Select(tensor => prefix + tensor.Name), $"{prefix}fc.weight", $"{prefix}bn1.num_batches_tracked", .. prefix.Length > 0 ? (string[])["rpn.conv.weight"] : []],
            [.. wanted.Select(tensor => tensor.Shape), [1000, 512], [], .. prefix.Length > 0 ? (long[][])[[3, 3]] : []]);

        var match = WeightMatch.Of(spec, wanted, file);

        Assert.True(match.IsComplete(wanted, file.Convention));
        Assert.All(wanted, tensor => Assert.Equal(prefix + tensor.Name, match.Sources[tensor.Name].Name));
        Assert.Equal(file.Tensors.Count - wanted.Count, match.Skipped.Count);
        Assert.Equal(prefix.Length > 0 ? $"Every name begins with {prefix}." : null, match.Note);
    }

    /// <summary>ResNet101 has every tensor of ResNet50, in its shape, and more.</summary>
    [Fact]
    public void ADeeperNetworkIsNotItsFirstLayers()
    {
        var (spec, wanted) = Wanted("resnet50");
        var deeper = Wanted("resnet101").Wanted;
        var match = WeightMatch.Of(spec, wanted, File([.. deeper.Select(tensor => tensor.Name)], [.. deeper.Select(tensor => tensor.Shape)]));

        Assert.Equal(wanted.Count, match.Sources.Count);
        Assert.Contains("layer3.22.conv1.weight", match.Unexpected.Select(tensor => tensor.Name));
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
    public void OthersNamesAreKnown(string backbone, string who, string ours, string theirs) =>
        Assert.Equal(theirs, BackboneCatalogue.Find(backbone).OtherNames.Single(style => style.Who == who).Of(ours));

    public static TheoryData<string, string> Styles => [.. BackboneCatalogue.All.SelectMany(spec => spec.OtherNames.Select(style => new TheoryDataRow<string, string>(spec.Name, style.Who)))];

    [Theory]
    [MemberData(nameof(Styles))]
    public void AFileWithOthersNamesIsMatchedWhole(string backbone, string who)
    {
        var (spec, wanted) = Wanted(backbone);
        var style = spec.OtherNames.Single(style => style.Who == who);
        var names = wanted.Select(tensor => style.Of(tensor.Name)).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());

        var file = File([.. names.Select(name => $"net.{name}"), "classifier.1.weight"], [.. wanted.Select(tensor => tensor.Shape), [10, 10]]);
        var match = WeightMatch.Of(spec, wanted, file);

        Assert.True(match.IsComplete(wanted, file.Convention));
        Assert.Equal($"The names are {who}; every name begins with net..", match.Note);
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
