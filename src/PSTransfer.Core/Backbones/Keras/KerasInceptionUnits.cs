using System.Globalization;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// The units of Keras' two Inception networks. Most of their layers have no name, so Keras numbers each kind in order of creation: conv2d,
/// conv2d_1, ... In Keras, the second network of a process continues these numbers. Here every network has the numbers of the first.
/// </summary>
internal sealed class KerasInceptionUnits(GraphBuilder g)
{
    private readonly Dictionary<string, int> _made = [];

    /// <summary>Returns the next name for a kind of layer.</summary>
    public string Next(string kind)
    {
        var number = _made.GetValueOrDefault(kind);
        _made[kind] = number + 1;
        return number == 0 ? kind : string.Create(CultureInfo.InvariantCulture, $"{kind}_{number}");
    }

    /// <summary>The stem of both networks: to 192 channels and a map of less than an eighth.</summary>
    public int Stem()
    {
        var x = g.Apply(new Input("input_1", g.ShapeOf(GraphBuilder.Input)), GraphBuilder.Input);
        x = Valid(x, 32, stride: 2);
        x = Valid(x, 32);
        x = Chain(x, (64, 3, 3));
        x = MaxPool(x);
        x = Chain(x, (80, 1, 1));
        x = Valid(x, 192);
        return MaxPool(x);
    }

    /// <summary>Applies convolution with padding "same", BatchNorm without gamma and ReLU for each of the kernels in turn.</summary>
    public int Chain(int x, params (int Channels, int Rows, int Columns)[] kernels)
    {
        foreach (var (channels, rows, columns) in kernels)
        {
            x = Unit(x, channels, new Window(rows, columns) { IsSame = true });
        }

        return x;
    }

    /// <summary>Applies convolution with a 3×3 kernel and no padding, BatchNorm without gamma and ReLU.</summary>
    public int Valid(int x, int channels, int stride = 1) => Unit(x, channels, Window.Square(3, stride));

    /// <summary>Applies the maximum over 3×3 with stride 2, without padding.</summary>
    public int MaxPool(int x) => g.Apply(new MaxPool(Next("max_pooling2d"), Window.Square(3, stride: 2)), x);

    /// <summary>Applies the mean over the part of each 3×3 that lies within the map, then a 1×1 unit.</summary>
    public int PooledUnit(int x, int channels) =>
        Chain(g.Apply(new AveragePool(Next("average_pooling2d"), Window.Same(3)), x), (channels, 1, 1));

    /// <summary>Joins the channels of the branches, one branch after another.</summary>
    public int Concat(string name, params int[] branches) => g.Apply(new Concat(name), branches);

    private int Unit(int x, int channels, Window window)
    {
        x = g.Conv(Next("conv2d"), x, channels, window);
        x = g.BatchNorm(Next("batch_normalization"), x, scale: false);
        return g.Relu(Next("activation"), x);
    }
}
