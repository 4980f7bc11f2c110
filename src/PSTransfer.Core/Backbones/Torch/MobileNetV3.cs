using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using Row = (
    int Kernel,
    int Expanded,
    int Channels,
    bool Squeezes,
    System.Func<string, PSTransfer.Core.Networks.Layers.Layer> Activation,
    int Stride);

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// MobileNetV3 in torchvision's layout (Howard et al. 2019, arXiv 1905.02244, tables 1 and 2): eps 1e-3, momentum 0.01. The backbone ends
/// with the last convolution before the pooling. The dense layer with hard swish behind the pooling belongs to the classifier.
/// </summary>
internal static class MobileNetV3
{
    private const bool Squeezed = true, Plain = false;
    private static readonly Func<string, Layer> RE = name => new Relu(name), HS = name => new HardSwish(name);

    public static readonly BackboneSpec Small = Spec(
        "mobilenetv3-small",
        [
            // kernel, expanded channels, output channels, squeeze and excitation, activation, stride
            (3, 16, 16, Squeezed, RE, 2),
            (3, 72, 24, Plain, RE, 2),
            (3, 88, 24, Plain, RE, 1),
            (5, 96, 40, Squeezed, HS, 2),
            (5, 240, 40, Squeezed, HS, 1),
            (5, 240, 40, Squeezed, HS, 1),
            (5, 120, 48, Squeezed, HS, 1),
            (5, 144, 48, Squeezed, HS, 1),
            (5, 288, 96, Squeezed, HS, 2),
            (5, 576, 96, Squeezed, HS, 1),
            (5, 576, 96, Squeezed, HS, 1),
        ]);

    public static readonly BackboneSpec Large = Spec(
        "mobilenetv3-large",
        [
            (3, 16, 16, Plain, RE, 1),
            (3, 64, 24, Plain, RE, 2),
            (3, 72, 24, Plain, RE, 1),
            (5, 72, 40, Squeezed, RE, 2),
            (5, 120, 40, Squeezed, RE, 1),
            (5, 120, 40, Squeezed, RE, 1),
            (3, 240, 80, Plain, HS, 2),
            (3, 200, 80, Plain, HS, 1),
            (3, 184, 80, Plain, HS, 1),
            (3, 184, 80, Plain, HS, 1),
            (3, 480, 112, Squeezed, HS, 1),
            (3, 672, 112, Squeezed, HS, 1),
            (5, 672, 160, Squeezed, HS, 2),
            (5, 960, 160, Squeezed, HS, 1),
            (5, 960, 160, Squeezed, HS, 1),
        ]);

    /// <summary>
    /// A bottleneck: 1×1 to the expanded channels, depthwise, squeezing to a quarter of them, 1×1 without activation. If the shape stays,
    /// there is a shortcut.
    /// </summary>
    private static int Bottleneck(GraphBuilder g, string name, int x, Row row)
    {
        var inside = g.ShapeOf(x).Channels;
        var part = 0;
        var y = x;
        if (row.Expanded != inside)
        {
            y = ConvNorm.Apply(g, $"{name}.{part++}", y, row.Expanded, kernel: 1, row.Activation);
        }

        y = ConvNorm.Depthwise(g, $"{name}.{part++}", y, row.Kernel, row.Activation, row.Stride);
        if (row.Squeezes)
        {
            y = SqueezeExcitation.Apply(g, $"{name}.{part++}", y, MultipleOfEight.Of(row.Expanded / 4), RE, gate => new HardSigmoid(gate));
        }

        y = ConvNorm.Apply(g, $"{name}.{part}", y, row.Channels, kernel: 1, activation: null);
        return row.Stride == 1 && row.Channels == inside ? g.Apply(new Add(string.Empty), x, y) : y;
    }

    private static BackboneSpec Spec(string name, Row[] table) => new()
    {
        Name = name,
        Family = BackboneFamily.Torch,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Torch,
        Epsilon = 1e-3,
        Momentum = 0.01,
        OtherNames = [SequentialNames.Features],
        Reference = "Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam: Searching for MobileNetV3, "
            + "arXiv 1905.02244",
        Layout = g =>
        {
            var index = 0;
            var x = ConvNorm.Apply(g, $"features.{index++}", GraphBuilder.Input, 16, kernel: 3, HS, stride: 2);
            foreach (var row in table)
            {
                x = Bottleneck(g, $"features.{index++}.block", x, row);
            }

            ConvNorm.Apply(g, $"features.{index}", x, 6 * g.ShapeOf(x).Channels, kernel: 1, HS);
            return null;
        },
    };
}
