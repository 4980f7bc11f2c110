using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// What padding "same" adds for stride 2, which Keras' MobileNetV2 and EfficientNet put into a layer of its own: a row and a column less
/// above and left where the map's size is even.
/// </summary>
internal static class KerasStridePadding
{
    public static int Apply(GraphBuilder g, string name, int x, int kernel)
    {
        var map = g.ShapeOf(x);
        var side = kernel / 2;
        return g.Apply(new ZeroPadding(name, side - 1 + (map.Height % 2), side, side - 1 + (map.Width % 2), side), x);
    }
}
