using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// torchvision's SqueezeExcitation (Hu et al. 2017, arXiv 1709.01507, figure 1). Each channel's mean passes two 1×1 convolutions with a
/// bias, and the result scales the map. Modules are listed as created: both convolutions, then both activations.
/// </summary>
internal static class SqueezeExcitation
{
    public static int Apply(
        GraphBuilder g, string name, int x, int squeezed, Func<string, Layer> activation, Func<string, Layer> scaleActivation)
    {
        var channels = g.ShapeOf(x).Channels;
        var one = Window.Square(1);
        Layer pool = new GlobalAveragePool($"{name}.avgpool", keepsMap: true);
        Layer first = new Conv($"{name}.fc1", channels, squeezed, one, bias: true);
        Layer second = new Conv($"{name}.fc2", squeezed, channels, one, bias: true);
        var between = activation($"{name}.activation");
        var last = scaleActivation($"{name}.scale_activation");
        foreach (var layer in (Layer[])[pool, first, second, between, last])
        {
            g.List(layer);
        }

        var scale = g.Apply(between, g.Apply(first, g.Apply(pool, x)));
        scale = g.Apply(last, g.Apply(second, scale));
        return g.Apply(new Multiply(string.Empty), x, scale);
    }
}
