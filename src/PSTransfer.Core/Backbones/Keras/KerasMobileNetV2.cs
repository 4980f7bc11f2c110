using System.Text.RegularExpressions;
using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Backbones.Torch;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// MobileNetV2 in Keras Applications' layout (Sandler et al. 2018, arXiv 1801.04381, table 2): eps 1e-3, momentum 0.999. A strided
/// depthwise convolution pads an odd map with zeros on all sides, an even map only below and right.
/// </summary>
internal static partial class KerasMobileNetV2
{
    public static readonly BackboneSpec Spec = new()
    {
        Name = "keras-mobilenetv2",
        Family = BackboneFamily.Keras,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Tf,
        Epsilon = 1e-3,
        Momentum = 0.001,
        OlderNames = new OlderNames(1e-3, OlderName),
        Reference = "Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and Linear Bottlenecks, arXiv 1801.04381",
        Layout = g =>
        {
            var x = g.Apply(new Input("input_1", g.ShapeOf(GraphBuilder.Input)), GraphBuilder.Input);
            x = g.Conv("Conv1", x, 32, Window.Same(3, stride: 2));
            x = g.BatchNorm("bn_Conv1", x);
            x = g.Apply(new Relu6("Conv1_relu"), x);
            var block = 0;
            foreach (var (t, c, n, s) in MobileNetV2.Table)
            {
                for (var i = 0; i < n; i++)
                {
                    x = InvertedResidual(g, block == 0 ? "expanded_conv" : $"block_{block}", x, t, c, i == 0 ? s : 1);
                    block++;
                }
            }

            x = g.Conv("Conv_1", x, 1280, kernel: 1);
            x = g.BatchNorm("Conv_1_bn", x);
            g.Apply(new Relu6("out_relu"), x);
            return KerasLayerOrder.Of(g);
        },
    };

    /// <summary>
    /// An inverted residual: 1×1 to t times the channels, depthwise 3×3, 1×1 without activation. If the shape stays, there is a
    /// shortcut.
    /// </summary>
    private static int InvertedResidual(GraphBuilder g, string name, int x, int expansion, int channels, int stride)
    {
        var inside = g.ShapeOf(x).Channels;
        var y = x;
        if (expansion > 1)
        {
            y = g.Conv($"{name}_expand", y, expansion * inside, kernel: 1);
            y = g.BatchNorm($"{name}_expand_BN", y);
            y = g.Apply(new Relu6($"{name}_expand_relu"), y);
        }

        if (stride == 2)
        {
            y = KerasStridePadding.Apply(g, $"{name}_pad", y, kernel: 3);
        }

        y = g.DepthwiseConv($"{name}_depthwise", y, Window.Square(3, stride, padding: stride == 2 ? 0 : 1));
        y = g.BatchNorm($"{name}_depthwise_BN", y);
        y = g.Apply(new Relu6($"{name}_depthwise_relu"), y);
        y = g.Conv($"{name}_project", y, channels, kernel: 1);
        y = g.BatchNorm($"{name}_project_BN", y);
        return stride == 1 && inside == channels ? g.Apply(new Add($"{name}_add"), x, y) : y;
    }

    /// <summary>
    /// Returns a layer's older name: block_2_expand was mobl2_conv_2_expand, its BatchNorm bn2_conv_2_bn_expand. The published files still
    /// have these names.
    /// </summary>
    private static string? OlderName(string name)
    {
        var match = Unit().Match(name);
        if (!match.Success)
        {
            return null;
        }

        var block = match.Groups["block"].Success ? match.Groups["block"].Value : "0";
        var part = match.Groups["part"].Value;
        return match.Groups["norm"].Success ? $"bn{block}_conv_{block}_bn_{part}" : $"mobl{block}_conv_{block}_{part}";
    }

    [GeneratedRegex("^(expanded_conv|block_(?<block>[1-9][0-9]?))_(?<part>expand|depthwise|project)(?<norm>_BN)?$")]
    private static partial Regex Unit();
}
