using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// MobileNetV2 in torchvision's layout (Sandler et al. 2018, arXiv 1801.04381, table 2): padding on both sides, eps 1e-5, momentum 0.1.
/// Keras' network has the same table, but pads one side, with eps 1e-3 and momentum 0.001.
/// </summary>
internal static class MobileNetV2
{
    // Expansion t, channels c, repetitions n, stride s of a stage's first block.
    internal static readonly (int T, int C, int N, int S)[] Table =
    [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ];

    private static readonly Func<string, Layer> Activation = name => new Relu6(name);

    public static readonly BackboneSpec Spec = new()
    {
        Name = "mobilenetv2",
        Family = BackboneFamily.Torch,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Torch,
        OtherNames = [TimmNames.MobileNetV2, SequentialNames.Features],
        Reference = "Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and Linear Bottlenecks, arXiv 1801.04381",
        Layout = g =>
        {
            var index = 0;
            var x = ConvNorm.Apply(g, $"features.{index++}", GraphBuilder.Input, 32, kernel: 3, Activation, stride: 2);
            foreach (var (t, c, n, s) in Table)
            {
                for (var i = 0; i < n; i++)
                {
                    x = InvertedResidual(g, $"features.{index++}.conv", x, t, c, i == 0 ? s : 1);
                }
            }

            ConvNorm.Apply(g, $"features.{index}", x, 1280, kernel: 1, Activation);
            return null;
        },
    };

    /// <summary>
    /// An inverted residual: 1×1 to t times the channels, depthwise 3×3, 1×1 without activation. If the shape stays, there is a
    /// shortcut.
    /// </summary>
    private static int InvertedResidual(GraphBuilder g, string name, int x, int expansion, int channels, int stride)
    {
        var inside = g.ShapeOf(x).Channels;
        var part = 0;
        var y = x;
        if (expansion > 1)
        {
            y = ConvNorm.Apply(g, $"{name}.{part++}", y, expansion * inside, kernel: 1, Activation);
        }

        y = ConvNorm.Depthwise(g, $"{name}.{part++}", y, kernel: 3, Activation, stride);
        y = g.Conv($"{name}.{part++}", y, channels, kernel: 1);
        y = g.BatchNorm($"{name}.{part}", y);
        return stride == 1 && inside == channels ? g.Apply(new Add(string.Empty), x, y) : y;
    }
}
