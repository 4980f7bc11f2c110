using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// Inception-ResNet-v2 in Keras Applications' layout (Szegedy et al. 2016, arXiv 1602.07261, figure 15). The residuals are scaled down
/// before they are added, and BatchNorm has no gamma. The additions have the names of today's Keras. Earlier they were Lambda layers called
/// block35_1 and so on, at the same places of the list.
/// </summary>
internal static class KerasInceptionResNetV2
{
    public static readonly BackboneSpec Spec = new()
    {
        Name = "keras-inceptionresnetv2",
        Family = BackboneFamily.Keras,
        DefaultImageSize = 299,
        MinimumImageSize = 75,
        Preprocessing = Preprocessing.Tf,
        Epsilon = 1e-3,
        Reference = "Szegedy, Ioffe, Vanhoucke, Alemi: Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning, "
            + "arXiv 1602.07261",
        Layout = g =>
        {
            var units = new KerasInceptionUnits(g);
            var x = units.Stem();
            x = units.Concat(
                "mixed_5b",
                units.Chain(x, (96, 1, 1)),
                units.Chain(x, (48, 1, 1), (64, 5, 5)),
                units.Chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)),
                units.PooledUnit(x, 64));

            for (var i = 1; i <= 10; i++)
            {
                x = Residual(
                    g, units, $"block35_{i}", x, 0.17, [(32, 1, 1)], [(32, 1, 1), (32, 3, 3)], [(32, 1, 1), (48, 3, 3), (64, 3, 3)]);
            }

            x = units.Concat(
                "mixed_6a",
                units.Valid(x, 384, stride: 2),
                units.Valid(units.Chain(x, (256, 1, 1), (256, 3, 3)), 384, stride: 2),
                units.MaxPool(x));

            for (var i = 1; i <= 20; i++)
            {
                x = Residual(g, units, $"block17_{i}", x, 0.1, [(192, 1, 1)], [(128, 1, 1), (160, 1, 7), (192, 7, 1)]);
            }

            x = units.Concat(
                "mixed_7a",
                units.Valid(units.Chain(x, (256, 1, 1)), 384, stride: 2),
                units.Valid(units.Chain(x, (256, 1, 1)), 288, stride: 2),
                units.Valid(units.Chain(x, (256, 1, 1), (288, 3, 3)), 320, stride: 2),
                units.MaxPool(x));

            for (var i = 1; i <= 10; i++)
            {
                x = Residual(g, units, $"block8_{i}", x, i < 10 ? 0.2 : 1, [(192, 1, 1)], [(192, 1, 1), (224, 1, 3), (256, 3, 1)]);
            }

            x = g.Conv("conv_7b", x, 1536, kernel: 1);
            x = g.BatchNorm("conv_7b_bn", x, scale: false);
            g.Relu("conv_7b_ac", x);
            return KerasLayerOrder.Of(g);
        },
    };

    /// <summary>
    /// Adds the scaled branches to x; a 1×1 convolution with a bias brings them to x's channels. The last block, whose scale is 1, has no
    /// ReLU.
    /// </summary>
    private static int Residual(
        GraphBuilder g,
        KerasInceptionUnits units,
        string name,
        int x,
        double scale,
        params (int Channels, int Rows, int Columns)[][] branches)
    {
        var mixed = units.Concat($"{name}_mixed", [.. branches.Select(kernels => units.Chain(x, kernels))]);
        var residual = g.Conv($"{name}_conv", mixed, g.ShapeOf(x).Channels, kernel: 1, bias: true);
        var sum = g.Apply(new Add(units.Next("custom_scale_layer"), scale), x, residual);
        return scale < 1 ? g.Relu($"{name}_ac", sum) : sum;
    }
}
