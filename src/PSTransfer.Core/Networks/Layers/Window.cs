using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>The window of a convolution or pooling: its size, its step in both directions, and the padding around the map.</summary>
/// <param name="Height">The number of rows.</param>
/// <param name="Width">The number of columns.</param>
/// <param name="Stride">The number of rows and columns from one position to the next.</param>
/// <param name="PadHeight">The number of rows added above and below.</param>
/// <param name="PadWidth">The number of columns added left and right.</param>
public readonly record struct Window(int Height, int Width, int Stride = 1, int PadHeight = 0, int PadWidth = 0)
{
    /// <summary>
    /// Whether the padding is Keras' "same", which makes the output ⌈size/stride⌉. An odd row or column goes below or right. This
    /// padding depends on the map's size, so <see cref="PadHeight"/> and <see cref="PadWidth"/> have no meaning then.
    /// </summary>
    public bool IsSame { get; init; }

    /// <summary>The number of values that one position covers: 1 for a 1×1 window.</summary>
    public int Area => Height * Width;

    /// <summary>Returns a square window with the same padding on all sides.</summary>
    public static Window Square(int size, int stride = 1, int padding = 0) => new(size, size, stride, padding, padding);

    /// <summary>Returns a square window with Keras' padding "same".</summary>
    public static Window Same(int size, int stride = 1) => new(size, size, stride) { IsSame = true };

    /// <summary>Returns the shape of a map of one value for each position.</summary>
    internal FeatureShape Reduce(FeatureShape input) => input with
    {
        Height = Reduce(input.Height, Height, Rows(input.Height)),
        Width = Reduce(input.Width, Width, Columns(input.Width)),
    };

    /// <summary>
    /// Returns what "same" padding needs for a map N×C×H×W. If its two sides differ, this is the padded map; otherwise null and the
    /// padding that the operation itself adds on both sides. The caller owns the map.
    /// </summary>
    internal (Tensor? Surrounded, long[] Padding) Surround(Tensor x, double value)
    {
        if (!IsSame)
        {
            return (null, [PadHeight, PadWidth]);
        }

        var shape = x.shape;
        var (top, bottom) = Sides(shape[2], Height);
        var (left, right) = Sides(shape[3], Width);
        return top == bottom && left == right
            ? (null, [top, left])
            : (nn.functional.pad(x, [left, right, top, bottom], value: value), [0, 0]);
    }

    /// <summary>
    /// The window's row and column over a map N×C×1×1 if a single position covers the map and the rest of the window is padding. This
    /// happens for small images at the end of a deep network. Null for other maps.
    /// </summary>
    internal (long Row, long Column)? OnlyMeeting(long[] shape) =>
        shape is [_, _, 1, 1]
        && Reduce(new FeatureShape(1, 1, 1)) is { Height: 1, Width: 1 }
        && (Rows(1).Before, Columns(1).Before) is var (row, column)
        && row < Height
        && column < Width
            ? (row, column)
            : null;

    private (long Before, long After) Rows(long size) => IsSame ? Sides(size, Height) : (PadHeight, PadHeight);

    private (long Before, long After) Columns(long size) => IsSame ? Sides(size, Width) : (PadWidth, PadWidth);

    private (long Before, long After) Sides(long size, int window)
    {
        var steps = (size + Stride - 1) / Stride;
        var total = Math.Max(((steps - 1) * Stride) + window - size, 0);
        return (total / 2, total - (total / 2));
    }

    private int Reduce(int size, int window, (long Before, long After) padding) =>
        ((size + (int)(padding.Before + padding.After) - window) / Stride) + 1;
}
