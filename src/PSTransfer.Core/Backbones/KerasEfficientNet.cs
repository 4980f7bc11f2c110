using PSTransfer.Core.Layers;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Backbones;

/// <summary>
/// EfficientNet as Keras Applications has it (Tan and Le 2019, arXiv 1905.11946, table 1): padding "same", eps 1e-3, and pixels from 0
/// to 255 rescaled and normalised inside.
/// </summary>
/// <remarks>
/// The published files hold ImageNet's deviations where their normalisation expects variances, so Keras divides by their roots once
/// more (rescaling_1) whenever it makes the network for those files: weights="imagenet", since 2022. The same files gave other features
/// before, and Keras leaves the layer out for weights=None. Here it is always there, since weights usually descend from the published
/// ones; weights that a user trained from nothing in Keras, or in an older one, see pixels a factor of 2.1 too large.
/// </remarks>
internal static class KerasEfficientNet
{
    public static readonly BackboneSpec B0 = Spec("keras-efficientnetb0", width: 1.0, depth: 1.0, size: 224);
    public static readonly BackboneSpec B1 = Spec("keras-efficientnetb1", width: 1.0, depth: 1.1, size: 240);
    public static readonly BackboneSpec B2 = Spec("keras-efficientnetb2", width: 1.1, depth: 1.2, size: 260);
    public static readonly BackboneSpec B3 = Spec("keras-efficientnetb3", width: 1.2, depth: 1.4, size: 300);

    private const double DropConnectRate = 0.2;

    // Of B0. Kernel k, repetitions n, channels c, expansion t, stride s of the first.
    private static readonly (int K, int N, int C, int T, int S)[] Table =
    [
        (3, 1, 16, 1, 1),
        (3, 2, 24, 6, 2),
        (5, 2, 40, 6, 2),
        (3, 3, 80, 6, 2),
        (5, 3, 112, 6, 1),
        (5, 4, 192, 6, 2),
        (3, 1, 320, 6, 1),
    ];

    private static BackboneSpec Spec(string name, double width, double depth, int size) => new()
    {
        Name = name,
        Family = BackboneFamily.Keras,
        DefaultImageSize = size,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.None,
        Epsilon = 1e-3,
        Reference = "Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, arXiv 1905.11946",
        Layout = g =>
        {
            var x = g.Apply(new Input("input_1", g.ShapeOf(GraphBuilder.Input)), GraphBuilder.Input);
            x = g.Apply(new Rescaling("rescaling", 1 / 255.0), x);
            x = g.Apply(new Normalization("normalization", g.ShapeOf(x).Channels), x);
            x = g.Apply(new Rescaling("rescaling_1", 1 / Math.Sqrt(0.229), 1 / Math.Sqrt(0.224), 1 / Math.Sqrt(0.225)), x);
            x = Padding(g, "stem_conv_pad", x, kernel: 3);
            x = g.Conv("stem_conv", x, Channels(32, width), kernel: 3, stride: 2);
            x = NormSilu(g, "stem_bn", "stem_activation", x);

            var blocks = Table.Sum(row => Repetitions(row.N, depth));
            var block = 0;
            for (var stage = 0; stage < Table.Length; stage++)
            {
                var (k, n, c, t, s) = Table[stage];
                for (var i = 0; i < Repetitions(n, depth); i++)
                {
                    x = Block(g, $"block{stage + 1}{(char)('a' + i)}_", x, k, Channels(c, width), t, i == 0 ? s : 1, DropConnectRate * block++ / blocks);
                }
            }

            x = g.Conv("top_conv", x, Channels(1280, width), kernel: 1);
            NormSilu(g, "top_bn", "top_activation", x);
            return KerasLayerOrder.Of(g);
        },
    };

    /// <summary>MobileNetV2's inverted residual with squeeze and excitation, which squeezes to a quarter of the block's input.</summary>
    private static int Block(GraphBuilder g, string name, int x, int kernel, int channels, int expansion, int stride, double dropRate)
    {
        var inside = g.ShapeOf(x).Channels;
        var y = x;
        if (expansion > 1)
        {
            y = g.Conv($"{name}expand_conv", y, expansion * inside, kernel: 1);
            y = NormSilu(g, $"{name}expand_bn", $"{name}expand_activation", y);
        }

        if (stride > 1)
        {
            y = Padding(g, $"{name}dwconv_pad", y, kernel);
        }

        y = g.DepthwiseConv($"{name}dwconv", y, stride > 1 ? Window.Square(kernel, stride) : Window.Same(kernel));
        y = NormSilu(g, $"{name}bn", $"{name}activation", y);

        var squeezed = g.Apply(new GlobalAveragePool($"{name}se_squeeze"), y);
        squeezed = g.Apply(new OnePixel($"{name}se_reshape"), squeezed);
        squeezed = g.Conv($"{name}se_reduce", squeezed, inside / 4, kernel: 1, bias: true);
        squeezed = g.Apply(new Silu(string.Empty), squeezed);
        squeezed = g.Conv($"{name}se_expand", squeezed, g.ShapeOf(y).Channels, kernel: 1, bias: true);
        squeezed = g.Apply(new Sigmoid(string.Empty), squeezed);
        y = g.Apply(new Multiply($"{name}se_excite"), y, squeezed);

        y = g.Conv($"{name}project_conv", y, channels, kernel: 1);
        y = g.BatchNorm($"{name}project_bn", y);
        if (stride > 1 || inside != channels)
        {
            return y;
        }

        y = g.Apply(new StochasticDepth($"{name}drop", dropRate), y);
        return g.Apply(new Add($"{name}add"), y, x);
    }

    private static int NormSilu(GraphBuilder g, string norm, string activation, int x) => g.Apply(new Silu(activation), g.BatchNorm(norm, x));

    /// <summary>What "same" adds for stride 2, in a layer of its own: a row and a column less above and left where the size is even.</summary>
    private static int Padding(GraphBuilder g, string name, int x, int kernel)
    {
        var (_, height, width, _) = g.ShapeOf(x);
        var side = kernel / 2;
        return g.Apply(new ZeroPadding(name, side - 1 + (height % 2), side, side - 1 + (width % 2), side), x);
    }

    /// <summary>To the nearest multiple of 8 that isn't more than a tenth below.</summary>
    private static int Channels(int ofB0, double width)
    {
        var wanted = ofB0 * width;
        var rounded = Math.Max(8, (int)(wanted + 4) / 8 * 8);
        return rounded < 0.9 * wanted ? rounded + 8 : rounded;
    }

    private static int Repetitions(int ofB0, double depth) => (int)Math.Ceiling(ofB0 * depth);
}
