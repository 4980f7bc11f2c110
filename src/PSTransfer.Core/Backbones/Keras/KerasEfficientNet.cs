using PSTransfer.Core.Backbones.Torch;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// EfficientNet in Keras Applications' layout (Tan and Le 2019, arXiv 1905.11946, table 1): padding "same", eps 1e-3. The network itself
/// rescales and normalises pixels from 0 to 255.
/// </summary>
/// <remarks>
/// The published files hold ImageNet's deviations in place of the variances that the normalisation expects. Since 2022, Keras therefore
/// divides by the roots once more (rescaling_1) whenever it builds the network for those files (weights="imagenet"). Earlier, the same
/// files gave other features, and with weights=None Keras leaves the layer out. Here the layer is always there, since weights usually
/// descend from the published ones. Weights that were trained from nothing in Keras, or in an older Keras, see pixels a factor of 2.1 too
/// large.
/// </remarks>
internal static class KerasEfficientNet
{
    public static readonly BackboneSpec B0 = Spec("keras-efficientnetb0", width: 1.0, depth: 1.0, size: 224);
    public static readonly BackboneSpec B1 = Spec("keras-efficientnetb1", width: 1.0, depth: 1.1, size: 240);
    public static readonly BackboneSpec B2 = Spec("keras-efficientnetb2", width: 1.1, depth: 1.2, size: 260);
    public static readonly BackboneSpec B3 = Spec("keras-efficientnetb3", width: 1.2, depth: 1.4, size: 300);

    private const double DropConnectRate = 0.2;

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
            x = KerasStridePadding.Apply(g, "stem_conv_pad", x, kernel: 3);
            x = g.Conv("stem_conv", x, MultipleOfEight.Of(32 * width), kernel: 3, stride: 2);
            x = NormSilu(g, "stem_bn", "stem_activation", x);

            var stages = EfficientNet.Stages(width, depth);
            var blocks = stages.Sum(stage => stage.N);
            var (stage, block) = (0, 0);
            foreach (var (t, k, s, c, n) in stages)
            {
                stage++;
                for (var i = 0; i < n; i++)
                {
                    x = Block(g, $"block{stage}{(char)('a' + i)}_", x, k, c, t, i == 0 ? s : 1, DropConnectRate * block++ / blocks);
                }
            }

            x = g.Conv("top_conv", x, MultipleOfEight.Of(1280 * width), kernel: 1);
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
            y = KerasStridePadding.Apply(g, $"{name}dwconv_pad", y, kernel);
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

    private static int NormSilu(GraphBuilder g, string norm, string activation, int x) =>
        g.Apply(new Silu(activation), g.BatchNorm(norm, x));
}
