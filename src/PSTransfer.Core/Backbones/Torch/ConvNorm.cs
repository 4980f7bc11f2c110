using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// torchvision's Conv2dNormActivation: NAME.0 convolves, NAME.1 normalises, and NAME.2 is the activation, if there is one.
/// </summary>
internal static class ConvNorm
{
    /// <summary>Convolves without a bias, padded so that only the stride makes the map smaller.</summary>
    public static int Apply(
        GraphBuilder g, string name, int x, int channels, int kernel, Func<string, Layer>? activation, int stride = 1, int groups = 1)
    {
        x = g.Conv($"{name}.0", x, channels, kernel, stride, padding: kernel / 2, groups: groups);
        x = g.BatchNorm($"{name}.1", x);
        return activation is null ? x : g.Apply(activation($"{name}.2"), x);
    }

    /// <summary>Convolves each channel on its own, padded in the same way.</summary>
    public static int Depthwise(GraphBuilder g, string name, int x, int kernel, Func<string, Layer> activation, int stride) =>
        Apply(g, name, x, g.ShapeOf(x).Channels, kernel, activation, stride, groups: g.ShapeOf(x).Channels);
}
