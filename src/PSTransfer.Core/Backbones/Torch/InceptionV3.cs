using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// InceptionV3 in torchvision's layout (Szegedy et al. 2015, arXiv 1512.00567, table 1 and figures 5 to 7 and 10): eps 1e-3. Average
/// pooling counts the zeros around a map; in Keras it doesn't. With the published weights, torchvision's network turns its pixels into
/// x/127.5 − 1 by itself (transform_input). The auxiliary classifier (AuxLogits) is left out.
/// </summary>
internal static class InceptionV3
{
    public static readonly BackboneSpec Spec = new()
    {
        Name = "inceptionv3",
        Family = BackboneFamily.Torch,
        DefaultImageSize = 299,
        MinimumImageSize = 75,
        Preprocessing = Preprocessing.Tf,
        Epsilon = 1e-3,
        Reference = "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision, arXiv 1512.00567",
        Layout = g =>
        {
            var x = Conv(g, "Conv2d_1a_3x3", GraphBuilder.Input, 32, Window.Square(3, stride: 2));
            x = Conv(g, "Conv2d_2a_3x3", x, 32, Window.Square(3));
            x = Conv(g, "Conv2d_2b_3x3", x, 64, Padded(3, 3));
            x = g.Apply(new MaxPool("maxpool1", Window.Square(3, stride: 2)), x);
            x = Conv(g, "Conv2d_3b_1x1", x, 80, Padded(1, 1));
            x = Conv(g, "Conv2d_4a_3x3", x, 192, Window.Square(3));
            x = g.Apply(new MaxPool("maxpool2", Window.Square(3, stride: 2)), x);
            x = Square(g, "Mixed_5b", x, pooled: 32);
            x = Square(g, "Mixed_5c", x, pooled: 64);
            x = Square(g, "Mixed_5d", x, pooled: 64);
            x = FirstReduction(g, "Mixed_6a", x);
            x = Factorized(g, "Mixed_6b", x, inner: 128);
            x = Factorized(g, "Mixed_6c", x, inner: 160);
            x = Factorized(g, "Mixed_6d", x, inner: 160);
            x = Factorized(g, "Mixed_6e", x, inner: 192);
            x = SecondReduction(g, "Mixed_7a", x);
            x = Expanded(g, "Mixed_7b", x);
            Expanded(g, "Mixed_7c", x);
            return null;
        },
    };

    /// <summary>torchvision's InceptionA (figure 5): 1×1, 5×5, two 3×3, pooling.</summary>
    private static int Square(GraphBuilder g, string name, int x, int pooled)
    {
        var one = Conv(g, $"{name}.branch1x1", x, 64, Padded(1, 1));
        var five = Conv(g, $"{name}.branch5x5_1", x, 48, Padded(1, 1));
        five = Conv(g, $"{name}.branch5x5_2", five, 64, Padded(5, 5));
        var twice = Conv(g, $"{name}.branch3x3dbl_1", x, 64, Padded(1, 1));
        twice = Conv(g, $"{name}.branch3x3dbl_2", twice, 96, Padded(3, 3));
        twice = Conv(g, $"{name}.branch3x3dbl_3", twice, 96, Padded(3, 3));
        return Concat(g, one, five, twice, Pool(g, name, x, pooled));
    }

    /// <summary>torchvision's InceptionB (figure 10): half the map, more channels.</summary>
    private static int FirstReduction(GraphBuilder g, string name, int x)
    {
        var three = Conv(g, $"{name}.branch3x3", x, 384, Window.Square(3, stride: 2));
        var twice = Conv(g, $"{name}.branch3x3dbl_1", x, 64, Padded(1, 1));
        twice = Conv(g, $"{name}.branch3x3dbl_2", twice, 96, Padded(3, 3));
        twice = Conv(g, $"{name}.branch3x3dbl_3", twice, 96, Window.Square(3, stride: 2));
        return Concat(g, three, twice, HalvingPool(g, x));
    }

    /// <summary>torchvision's InceptionC (figure 6): 7×7 as 1×7 and 7×1, once and twice.</summary>
    private static int Factorized(GraphBuilder g, string name, int x, int inner)
    {
        var one = Conv(g, $"{name}.branch1x1", x, 192, Padded(1, 1));
        var seven = Conv(g, $"{name}.branch7x7_1", x, inner, Padded(1, 1));
        seven = Conv(g, $"{name}.branch7x7_2", seven, inner, Padded(1, 7));
        seven = Conv(g, $"{name}.branch7x7_3", seven, 192, Padded(7, 1));
        var twice = Conv(g, $"{name}.branch7x7dbl_1", x, inner, Padded(1, 1));
        twice = Conv(g, $"{name}.branch7x7dbl_2", twice, inner, Padded(7, 1));
        twice = Conv(g, $"{name}.branch7x7dbl_3", twice, inner, Padded(1, 7));
        twice = Conv(g, $"{name}.branch7x7dbl_4", twice, inner, Padded(7, 1));
        twice = Conv(g, $"{name}.branch7x7dbl_5", twice, 192, Padded(1, 7));
        return Concat(g, one, seven, twice, Pool(g, name, x, 192));
    }

    /// <summary>torchvision's InceptionD: half the map again.</summary>
    private static int SecondReduction(GraphBuilder g, string name, int x)
    {
        var three = Conv(g, $"{name}.branch3x3_1", x, 192, Padded(1, 1));
        three = Conv(g, $"{name}.branch3x3_2", three, 320, Window.Square(3, stride: 2));
        var seven = Conv(g, $"{name}.branch7x7x3_1", x, 192, Padded(1, 1));
        seven = Conv(g, $"{name}.branch7x7x3_2", seven, 192, Padded(1, 7));
        seven = Conv(g, $"{name}.branch7x7x3_3", seven, 192, Padded(7, 1));
        seven = Conv(g, $"{name}.branch7x7x3_4", seven, 192, Window.Square(3, stride: 2));
        return Concat(g, three, seven, HalvingPool(g, x));
    }

    /// <summary>torchvision's InceptionE (figure 7): the last convolutions of two branches are a 1×3 beside a 3×1.</summary>
    private static int Expanded(GraphBuilder g, string name, int x)
    {
        var one = Conv(g, $"{name}.branch1x1", x, 320, Padded(1, 1));
        var three = Conv(g, $"{name}.branch3x3_1", x, 384, Padded(1, 1));
        three = Concat(
            g,
            Conv(g, $"{name}.branch3x3_2a", three, 384, Padded(1, 3)),
            Conv(g, $"{name}.branch3x3_2b", three, 384, Padded(3, 1)));
        var twice = Conv(g, $"{name}.branch3x3dbl_1", x, 448, Padded(1, 1));
        twice = Conv(g, $"{name}.branch3x3dbl_2", twice, 384, Padded(3, 3));
        twice = Concat(
            g,
            Conv(g, $"{name}.branch3x3dbl_3a", twice, 384, Padded(1, 3)),
            Conv(g, $"{name}.branch3x3dbl_3b", twice, 384, Padded(3, 1)));
        return Concat(g, one, three, twice, Pool(g, name, x, 192));
    }

    /// <summary>A pooling branch: a 3×3 mean that keeps the map's size and counts the zeros around it, then 1×1.</summary>
    private static int Pool(GraphBuilder g, string name, int x, int channels) =>
        Conv(
            g, $"{name}.branch_pool", g.Apply(new AveragePool(string.Empty, Padded(3, 3), countsPadding: true), x), channels, Padded(1, 1));

    private static int HalvingPool(GraphBuilder g, int x) => g.Apply(new MaxPool(string.Empty, Window.Square(3, stride: 2)), x);

    private static int Concat(GraphBuilder g, params int[] branches) => g.Apply(new Concat(string.Empty), branches);

    private static int Conv(GraphBuilder g, string name, int x, int channels, Window window)
    {
        x = g.Conv($"{name}.conv", x, channels, window);
        x = g.BatchNorm($"{name}.bn", x);
        return g.Relu(string.Empty, x);
    }

    /// <summary>A window that keeps the map's size.</summary>
    private static Window Padded(int height, int width) => new(height, width, 1, height / 2, width / 2);
}
