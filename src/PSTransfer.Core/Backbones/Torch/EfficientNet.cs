using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// EfficientNet in torchvision's layout (Tan and Le 2019, arXiv 1905.11946, table 1; section 3 makes it wider and deeper). It pads both
/// sides and has eps 1e-5. Keras' network has the same table, but pads one side at a stride, has eps 1e-3, and normalises pixels by itself.
/// </summary>
internal static class EfficientNet
{
    // For B0: expansion t, kernel k, stride s of a stage's first block, channels c, repetitions n.
    private static readonly (int T, int K, int S, int C, int N)[] Table =
    [
        (1, 3, 1, 16, 1),
        (6, 3, 2, 24, 2),
        (6, 5, 2, 40, 2),
        (6, 3, 2, 80, 3),
        (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    ];

    private static readonly Func<string, Layer> Swish = name => new Silu(name);

    //                                                                     width, depth, image size
    public static readonly BackboneSpec B0 = Spec("efficientnet-b0", 1.0, 1.0, 224);
    public static readonly BackboneSpec B1 = Spec("efficientnet-b1", 1.0, 1.1, 240);
    public static readonly BackboneSpec B2 = Spec("efficientnet-b2", 1.1, 1.2, 288);
    public static readonly BackboneSpec B3 = Spec("efficientnet-b3", 1.2, 1.4, 300);
    public static readonly BackboneSpec B4 = Spec("efficientnet-b4", 1.4, 1.8, 380);

    /// <summary>
    /// A block: 1×1 to t times the channels, depthwise, squeezing to a quarter of the input's channels, 1×1 without activation. If the
    /// shape stays, there is a shortcut. Without a shortcut, torchvision still lists the stochastic depth, but never applies it.
    /// </summary>
    private static int Block(GraphBuilder g, string name, int x, int t, int kernel, int stride, int channels, double dropRate)
    {
        var inside = g.ShapeOf(x).Channels;
        var hasShortcut = stride == 1 && inside == channels;
        var part = 0;
        var y = x;
        if (t > 1)
        {
            y = ConvNorm.Apply(g, $"{name}.block.{part++}", y, MultipleOfEight.Of(t * inside), kernel: 1, Swish);
        }

        y = ConvNorm.Depthwise(g, $"{name}.block.{part++}", y, kernel, Swish, stride);
        y = SqueezeExcitation.Apply(g, $"{name}.block.{part++}", y, inside / 4, Swish, gate => new Sigmoid(gate));
        y = ConvNorm.Apply(g, $"{name}.block.{part}", y, channels, kernel: 1, activation: null);
        y = g.Apply(new StochasticDepth($"{name}.stochastic_depth", hasShortcut ? dropRate : 0), y);
        return hasShortcut ? g.Apply(new Add(string.Empty), x, y) : y;
    }

    /// <summary>Returns the table for a network that is wider and deeper than B0.</summary>
    internal static (int T, int K, int S, int C, int N)[] Stages(double width, double depth) =>
        [.. Table.Select(row => row with { C = MultipleOfEight.Of(row.C * width), N = (int)Math.Ceiling(row.N * depth) })];

    private static BackboneSpec Spec(string name, double width, double depth, int imageSize) => new()
    {
        Name = name,
        Family = BackboneFamily.Torch,
        DefaultImageSize = imageSize,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Torch,
        OtherNames = [TimmNames.EfficientNet, SequentialNames.Features],
        Reference = "Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, arXiv 1905.11946",
        Layout = g =>
        {
            var stages = Stages(width, depth);
            var blocks = stages.Sum(stage => stage.N);
            var (index, block) = (0, 0);
            var stem = MultipleOfEight.Of(32 * width);
            var x = ConvNorm.Apply(g, $"features.{index++}", GraphBuilder.Input, stem, kernel: 3, Swish, stride: 2);
            foreach (var (t, k, s, c, n) in stages)
            {
                for (var i = 0; i < n; i++)
                {
                    x = Block(g, $"features.{index}.{i}", x, t, k, i == 0 ? s : 1, c, dropRate: 0.2 * block++ / blocks);
                }

                index++;
            }

            ConvNorm.Apply(g, $"features.{index}", x, 4 * g.ShapeOf(x).Channels, kernel: 1, Swish);
            return null;
        },
    };
}
