using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>What a convolution or pooling looks through: its size, its step in both directions, and what surrounds the map.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Stride">Rows and columns from one position to the next.</param>
/// <param name="PadHeight">Rows added above and below.</param>
/// <param name="PadWidth">Columns added left and right.</param>
public readonly record struct Window(int Height, int Width, int Stride = 1, int PadHeight = 0, int PadWidth = 0)
{
    /// <summary>
    /// Keras' padding "same": as much as makes the output ⌈size/stride⌉, an odd one more below and right. It depends on the map's
    /// size, so <see cref="PadHeight"/> and <see cref="PadWidth"/> say nothing then.
    /// </summary>
    public bool IsSame { get; init; }

    /// <summary>Rows and columns that one position covers: 1 for a 1×1.</summary>
    public int Area => Height * Width;

    /// <summary>As high as wide, padded alike on all sides.</summary>
    public static Window Square(int size, int stride = 1, int padding = 0) => new(size, size, stride, padding, padding);

    /// <summary>As high as wide, with Keras' padding "same".</summary>
    public static Window Same(int size, int stride = 1) => new(size, size, stride) { IsSame = true };

    /// <summary>The shape of a map after one value for each position.</summary>
    internal FeatureShape Reduce(FeatureShape input) => input with
    {
        Height = Reduce(input.Height, Height, Rows(input.Height)),
        Width = Reduce(input.Width, Width, Columns(input.Width)),
    };

    /// <summary>
    /// The map N×C×H×W with what "same" adds where the two sides differ, null where they don't, and the padding that is left to the operation
    /// itself, which pads both sides alike. The caller owns the map.
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
    /// The window's row and column that meets a map N×C×1×1, where one position sees it and the rest of the window padding: small images at the end of
    /// a deep network. Null for other maps.
    /// </summary>
    internal (long Row, long Column)? OnlyMeeting(long[] shape) =>
        shape is [_, _, 1, 1] && Reduce(new FeatureShape(1, 1, 1)) is { Height: 1, Width: 1 } && (Rows(1).Before, Columns(1).Before) is var (row, column) && row < Height && column < Width
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

    private int Reduce(int size, int window, (long Before, long After) padding) => ((size + (int)(padding.Before + padding.After) - window) / Stride) + 1;
}
