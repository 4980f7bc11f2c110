using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// Applies padding "same" for stride 2. In Keras' MobileNetV2 and EfficientNet this padding is a layer of its own. If the map's size is
/// even, it adds one row and one column less above and left.
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
