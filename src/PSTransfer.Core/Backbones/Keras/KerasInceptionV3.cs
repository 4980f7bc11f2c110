using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// InceptionV3 in Keras Applications' layout (Szegedy et al. 2015, arXiv 1512.00567, table 1). BatchNorm has no gamma, average pooling
/// doesn't count padding, and there is no auxiliary classifier. torchvision's network of the same name differs in all three.
/// </summary>
internal static class KerasInceptionV3
{
    public static readonly BackboneSpec Spec = new()
    {
        Name = "keras-inceptionv3",
        Family = BackboneFamily.Keras,
        DefaultImageSize = 299,
        MinimumImageSize = 75,
        Preprocessing = Preprocessing.Tf,
        Epsilon = 1e-3,
        Reference = "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision, arXiv 1512.00567",
        Layout = g =>
        {
            var units = new KerasInceptionUnits(g);
            var x = units.Stem();

            x = Mixed5x5(units, "mixed0", x, pooled: 32);
            x = Mixed5x5(units, "mixed1", x, pooled: 64);
            x = Mixed5x5(units, "mixed2", x, pooled: 64);
            x = units.Concat(
                "mixed3",
                units.Valid(x, 384, stride: 2),
                units.Valid(units.Chain(x, (64, 1, 1), (96, 3, 3)), 96, stride: 2),
                units.MaxPool(x));

            x = Mixed7x7(units, "mixed4", x, 128);
            x = Mixed7x7(units, "mixed5", x, 160);
            x = Mixed7x7(units, "mixed6", x, 160);
            x = Mixed7x7(units, "mixed7", x, 192);
            x = units.Concat(
                "mixed8",
                units.Valid(units.Chain(x, (192, 1, 1)), 320, stride: 2),
                units.Valid(units.Chain(x, (192, 1, 1), (192, 1, 7), (192, 7, 1)), 192, stride: 2),
                units.MaxPool(x));

            x = Mixed3x3(units, "mixed9", "mixed9_0", x);
            Mixed3x3(units, "mixed10", "mixed9_1", x);
            return KerasLayerOrder.Of(g);
        },
    };

    /// <summary>The unit of the paper's figure 5.</summary>
    private static int Mixed5x5(KerasInceptionUnits units, string name, int x, int pooled) => units.Concat(
        name,
        units.Chain(x, (64, 1, 1)),
        units.Chain(x, (48, 1, 1), (64, 5, 5)),
        units.Chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)),
        units.PooledUnit(x, pooled));

    /// <summary>The unit of the paper's figure 6 with n = 7.</summary>
    private static int Mixed7x7(KerasInceptionUnits units, string name, int x, int width) => units.Concat(
        name,
        units.Chain(x, (192, 1, 1)),
        units.Chain(x, (width, 1, 1), (width, 1, 7), (192, 7, 1)),
        units.Chain(x, (width, 1, 1), (width, 7, 1), (width, 1, 7), (width, 7, 1), (192, 1, 7)),
        units.PooledUnit(x, 192));

    /// <summary>
    /// The unit of the paper's figure 7: two branches end in a fork of 1×3 and 3×1. Keras names only the ends of the first fork.
    /// </summary>
    private static int Mixed3x3(KerasInceptionUnits units, string name, string fork, int x)
    {
        var single = units.Chain(x, (320, 1, 1));
        var forked = Fork(units, fork, units.Chain(x, (384, 1, 1)));
        var stacked = units.Chain(x, (448, 1, 1), (384, 3, 3));
        return units.Concat(name, single, forked, Fork(units, units.Next("concatenate"), stacked), units.PooledUnit(x, 192));
    }

    private static int Fork(KerasInceptionUnits units, string name, int x) =>
        units.Concat(name, units.Chain(x, (384, 1, 3)), units.Chain(x, (384, 3, 1)));
}
