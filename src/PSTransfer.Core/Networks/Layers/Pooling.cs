using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>The maximum over a window; padding counts as minus infinity.</summary>
public sealed class MaxPool(string name, Window window) : UnaryLayer(name)
{
    internal Window Window { get; } = window;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        var (surrounded, padding) = Window.SurroundForPooling(x, double.NegativeInfinity);
        using (surrounded)
        {
            return nn.functional.max_pool2d(
                surrounded ?? x, [Window.Height, Window.Width], Window.Strides, padding, dilation: Window.Dilations);
        }
    }

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => Window.Reduce(input);
}

/// <summary>The mean over a window without gaps.</summary>
/// <param name="name">The layer's name.</param>
/// <param name="window">The window. It has no dilation.</param>
/// <param name="countsPadding">Whether the zeros around the map count in the mean (PyTorch) or not (Keras).</param>
public sealed class AveragePool(string name, Window window, bool countsPadding = false) : UnaryLayer(name)
{
    internal Window Window { get; } = window;

    internal bool CountsPadding { get; } = countsPadding;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        var (surrounded, padding) = Window.SurroundForPooling(x, 0);
        if (surrounded is null)
        {
            return Mean(x, padding, CountsPadding);
        }

        // Each position's mean over all its values, zeros included, times all values and divided by those that count.
        using (surrounded)
        using (var counted = Counted(x))
        using (var shares = Mean(counted, [0, 0], countsZeros: true))
        using (var means = Mean(surrounded, [0, 0], countsZeros: true))
        {
            return means.div(shares);
        }
    }

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => Window.Reduce(input);

    private Tensor Mean(Tensor x, long[] padding, bool countsZeros) =>
        nn.functional.avg_pool2d(x, [Window.Height, Window.Width], Window.Strides, padding, count_include_pad: countsZeros);

    /// <summary>A map of 1 where a value counts and 0 elsewhere, with all that pooling reads.</summary>
    private Tensor Counted(Tensor x)
    {
        var (height, width) = (x.shape[2], x.shape[3]);
        long[] margins = Window.Margins(height, width);
        if (CountsPadding)
        {
            var (rows, columns) = (Window.Rows(height), Window.Columns(width));
            margins = [0, margins[1] - columns.After, 0, margins[3] - rows.After];
            (height, width) = (height + rows.Before + rows.After, width + columns.Before + columns.After);
        }

        using var counting = ones(1, 1, height, width, dtype: x.dtype, device: x.device);
        return nn.functional.pad(counting, margins);
    }
}

/// <summary>The mean over each channel's map: N×C×H×W to N×C, or to N×C×1×1 if the layer keeps a map.</summary>
public sealed class GlobalAveragePool(string name, bool keepsMap = false) : UnaryLayer(name)
{
    internal bool KeepsMap { get; } = keepsMap;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.mean([2, 3], KeepsMap);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) =>
        KeepsMap ? new FeatureShape(input.Channels, 1, 1) : FeatureShape.Vector(input.Channels);
}

/// <summary>The maximum over each channel's map: N×C×H×W to N×C, or to N×C×1×1 if the layer keeps a map.</summary>
public sealed class GlobalMaxPool(string name, bool keepsMap = false) : UnaryLayer(name)
{
    internal bool KeepsMap { get; } = keepsMap;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.amax([2, 3], KeepsMap);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) =>
        KeepsMap ? new FeatureShape(input.Channels, 1, 1) : FeatureShape.Vector(input.Channels);
}
