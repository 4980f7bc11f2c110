using static PSTransfer.Core.Tests.Backbones.BackboneFixture;

namespace PSTransfer.Core.Tests.Backbones;

/// <summary>
/// Each fixture of Keras' ResNets, VGG, Xception, MobileNets and DenseNet misses by more than ten tolerances when one detail is another.
/// </summary>
public sealed class KerasSensitivityTests
{
    // The index of the case with an odd size; case 0 has an even one.
    private const int Odd = 1;

    /// <summary>V1 has the stride of a block on its first 1×1, V2 on its 3×3.</summary>
    [Theory]
    [InlineData("keras-resnet101", "_1_conv", "_2_conv")]
    [InlineData("keras-resnet152", "_1_conv", "_2_conv")]
    [InlineData("keras-resnet50v2", "_2_conv", "_1_conv")]
    public void TheStrideOnTheOtherConvolutionMisses(string name, string from, string to)
    {
        var @case = Cases(name)[0];
        using var network = Create(BackboneCatalogue.Find(name), @case);
        var convolutions = network.Backbone.Layers.OfType<Conv>().ToDictionary(conv => conv.Name);
        var strided = convolutions.Values
            .Where(conv => conv.Name.EndsWith(from, StringComparison.Ordinal) && conv.Window.Stride == 2)
            .ToList();
        foreach (var conv in strided)
        {
            var other = convolutions[conv.Name[..^from.Length] + to];
            conv.Window = conv.Window with { Stride = 1 };
            other.Window = other.Window with { Stride = 2 };
        }

        Assert.Equal(3, strided.Count);
        Assert.True(Distance(network, @case) > 10 * InferenceTolerance);
    }

    [Theory]
    [InlineData("keras-resnet101", "pool1_pad")]
    [InlineData("keras-resnet152", "pool1_pad")]
    [InlineData("keras-resnet50v2", "pool1_pad")]
    [InlineData("keras-densenet121", "zero_padding2d_1")]
    public void TheFirstPoolingWithoutPaddingMisses(string name, string layer) =>
        Misses(name, node => node.Layer.Name == layer ? node with { Layer = new ZeroPadding(layer, 0) } : null);

    /// <summary>The shortcut of a V2 block takes what came in, before BatchNorm and ReLU.</summary>
    [Fact]
    public void ResNetV2WithActivatedShortcutsMisses() => Misses(
        "keras-resnet50v2",
        node =>
            node.Layer is Add && node.Layer.Name.EndsWith("_block2_out", StringComparison.Ordinal)
                ? node with { Inputs = [node.Inputs[0] + 2, node.Inputs[1]] }
                : null);

    /// <summary>Its strided shortcuts pick one of four values.</summary>
    [Fact]
    public void ResNetV2WithShortcutsThatPoolMisses() => Misses(
        "keras-resnet50v2",
        node =>
            node.Layer is MaxPool { Window.Area: 1 } pool
                ? node with { Layer = new MaxPool(pool.Name, Window.Square(2, stride: 2)) }
                : null);

    [Fact]
    public void VggWithoutPaddingMisses() => Misses(
        "keras-vgg16",
        node =>
            node.Layer.Name == "block1_conv1" ? node with { Layer = new Conv("block1_conv1", 3, 64, Window.Square(3), bias: true) } : null);

    [Theory]
    [InlineData("keras-vgg16")]
    [InlineData("keras-xception")]
    public void AverageForMaximumMisses(string name) =>
        Misses(
            name,
            node =>
                node.Layer is MaxPool pool
                    ? node with
                    {
                        Layer = new AveragePool(
                            pool.Name,
                            pool.Window with { IsSame = false, PadHeight = pool.Window.Height / 3, PadWidth = pool.Window.Width / 3 })
                    }
                    : null);

    /// <summary>"same" adds below and right of an even map; padding on both sides gives the same shapes and other numbers.</summary>
    [Fact]
    public void XceptionsPoolingsPaddedOnBothSidesMiss() => Misses(
        "keras-xception",
        node => node.Layer is MaxPool pool ? node with { Layer = new MaxPool(pool.Name, Window.Square(3, stride: 2, padding: 1)) } : null);

    [Theory]
    [InlineData("block1_conv1", 3, 32, 2)]
    [InlineData("block1_conv2", 32, 64, 1)]
    public void XceptionsFirstConvolutionsWithPaddingMiss(string layer, int inside, int outside, int stride) => Misses(
        "keras-xception",
        node =>
            node.Layer.Name == layer ? node with { Layer = new Conv(layer, inside, outside, Window.Same(3, stride), bias: false) } : null);

    /// <summary>The shortcut of a block takes what came in, before the block's first ReLU.</summary>
    [Fact]
    public void XceptionWithAnActivatedShortcutMisses() => Misses(
        "keras-xception", node => node.Layer.Name == "add_5" ? node with { Inputs = [node.Inputs[0], node.Inputs[1] + 1] } : null);

    [Theory]
    [InlineData("keras-mobilenet")]
    [InlineData("keras-mobilenetv2")]
    public void ReluForRelu6Misses(string name) =>
        Misses(name, node => node.Layer is Relu6 relu6 ? node with { Layer = new Relu(relu6.Name) } : null);

    /// <summary>Above and left, where Keras adds below and right.</summary>
    [Theory]
    [InlineData("keras-mobilenet")]
    [InlineData("keras-mobilenetv2")]
    public void PaddingOnTheOtherSideMisses(string name) =>
        Misses(
            name,
            node =>
                node.Layer is ZeroPadding padding
                    ? node with { Layer = new ZeroPadding(padding.Name, top: 1, bottom: 0, left: 1, right: 0) }
                    : null);

    /// <summary>torchvision's, which pads all sides.</summary>
    [Theory]
    [InlineData("keras-mobilenet", "conv1")]
    [InlineData("keras-mobilenetv2", "Conv1")]
    public void TheFirstConvolutionPaddedOnBothSidesMisses(string name, string layer) =>
        Misses(
            name,
            node =>
                node.Layer.Name == layer
                    ? node with { Layer = new Conv(layer, 3, 32, Window.Square(3, stride: 2, padding: 1), bias: false) }
                    : null);

    /// <summary>MobileNetV2 pads all sides of an odd map, MobileNet doesn't.</summary>
    [Theory]
    [InlineData("keras-mobilenet", 1)]
    [InlineData("keras-mobilenetv2", 0)]
    public void TheOthersPaddingOfOddMapsMisses(string name, int before) =>
        Misses(
            name,
            node => node.Layer is ZeroPadding padding ? node with { Layer = new ZeroPadding(padding.Name, before, 1, before, 1) } : null,
            Odd);

    /// <summary>DenseNet puts new channels behind the old ones, and its transitions average.</summary>
    [Fact]
    public void DenseNetWithAnotherOrderOfChannelsMisses() =>
        Misses("keras-densenet121", node => node.Layer is Concat ? node with { Inputs = [.. node.Inputs.Reverse()] } : null);

    [Fact]
    public void DenseNetWithMaximumForAverageMisses() =>
        Misses(
            "keras-densenet121", node => node.Layer is AveragePool pool ? node with { Layer = new MaxPool(pool.Name, pool.Window) } : null);

    private static void Misses(string name, Func<Node, Node?> replace, int index = 0)
    {
        var @case = Cases(name)[index];
        using var network = CreateOther(name, @case, replace);
        var distance = Distance(network, @case);
        Assert.True(distance > 10 * InferenceTolerance, $"{name}: {distance}");
    }
}
