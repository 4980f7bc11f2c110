using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>The maximum over a window; padding counts as minus infinity.</summary>
public sealed class MaxPool(string name, Window window) : UnaryLayer(name)
{
    internal Window Window { get; } = window;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        var (surrounded, padding) = Window.Surround(x, double.NegativeInfinity);
        using (surrounded)
        {
            return nn.functional.max_pool2d(surrounded ?? x, [Window.Height, Window.Width], [Window.Stride, Window.Stride], padding);
        }
    }

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => Window.Reduce(input);
}

/// <summary>The mean over a window. Rows and columns at the end that don't fill a window are left out.</summary>
/// <param name="name">The layer's name.</param>
/// <param name="window">The window, padded alike on both sides; "same" with stride 1 is included.</param>
/// <param name="countsPadding">Whether the zeros around the map count in the mean (PyTorch) or not (Keras).</param>
public sealed class AveragePool(string name, Window window, bool countsPadding = false) : UnaryLayer(name)
{
    internal Window Window { get; } = window;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        var (surrounded, padding) = Window.Surround(x, double.NaN);
        using (surrounded)
        {
            return nn.functional.avg_pool2d(
                surrounded ?? x,
                [Window.Height, Window.Width],
                [Window.Stride, Window.Stride],
                padding,
                count_include_pad: countsPadding);
        }
    }

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => Window.Reduce(input);
}

/// <summary>The mean over each channel's map: N×C×H×W to N×C, or to N×C×1×1 if the layer keeps a map.</summary>
public sealed class GlobalAveragePool(string name, bool keepsMap = false) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.mean([2, 3], keepsMap);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) =>
        keepsMap ? new FeatureShape(input.Channels, 1, 1) : FeatureShape.Vector(input.Channels);
}

/// <summary>The maximum over each channel's map: N×C×H×W to N×C.</summary>
public sealed class GlobalMaxPool(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.amax([2, 3]);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => FeatureShape.Vector(input.Channels);
}
