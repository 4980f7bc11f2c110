using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>The window of a convolution or pooling: its size, its steps, and the padding around the map.</summary>
/// <param name="Height">The number of rows.</param>
/// <param name="Width">The number of columns.</param>
/// <param name="Stride">The number of rows from one position to the next, and of columns unless <see cref="StrideWidth"/> is set.</param>
/// <param name="PadHeight">The number of rows added above, and below unless <see cref="PadBottom"/> is set.</param>
/// <param name="PadWidth">The number of columns added left, and right unless <see cref="PadRight"/> is set.</param>
public readonly record struct Window(int Height, int Width, int Stride = 1, int PadHeight = 0, int PadWidth = 0)
{
    /// <summary>
    /// Whether the padding is Keras' "same", which makes the output ⌈size/stride⌉. An odd row or column goes below or right. This
    /// padding depends on the map's size, so <see cref="PadHeight"/> and <see cref="PadWidth"/> have no meaning then.
    /// </summary>
    public bool IsSame { get; init; }

    /// <summary>The number of columns from one position to the next; null for <see cref="Stride"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? StrideWidth { get; init; }

    /// <summary>The number of rows added below; null for <see cref="PadHeight"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? PadBottom { get; init; }

    /// <summary>The number of columns added right; null for <see cref="PadWidth"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? PadRight { get; init; }

    /// <summary>
    /// The distance between the rows that one position covers, and between its columns unless <see cref="DilationWidth"/> is set; null
    /// for 1, a window without gaps.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Dilation { get; init; }

    /// <summary>The distance between the columns that one position covers; null for <see cref="Dilation"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? DilationWidth { get; init; }

    /// <summary>Whether a last position that lies partly outside the padded map counts; only pooling has such positions.</summary>
    public bool IncludesPartial { get; init; }

    /// <summary>The number of values that one position covers: 1 for a 1×1 window.</summary>
    [JsonIgnore]
    public int Area => Height * Width;

    /// <summary>The steps in rows and in columns.</summary>
    internal long[] Strides => [Stride, StrideWidth ?? Stride];

    /// <summary>The distances between covered rows and between covered columns.</summary>
    internal long[] Dilations => [Dilation ?? 1, DilationWidth ?? Dilation ?? 1];

    /// <summary>Returns a square window with the same padding on all sides.</summary>
    public static Window Square(int size, int stride = 1, int padding = 0) => new(size, size, stride, padding, padding);

    /// <summary>Returns a square window with Keras' padding "same".</summary>
    public static Window Same(int size, int stride = 1) => new(size, size, stride) { IsSame = true };

    /// <summary>Returns the shape of a map of one value for each position.</summary>
    internal FeatureShape Reduce(FeatureShape input) => input with
    {
        Height = Positions(input.Height, Height, Strides[0], Dilations[0], Rows(input.Height)),
        Width = Positions(input.Width, Width, Strides[1], Dilations[1], Columns(input.Width)),
    };

    /// <summary>
    /// Returns what the padding needs for a map N×C×H×W. If opposite sides differ, this is the padded map; otherwise null and the
    /// padding that the operation itself adds on both sides. The caller owns the map.
    /// </summary>
    internal (Tensor? Surrounded, long[] Padding) Surround(Tensor x, double value)
    {
        var shape = x.shape;
        var (top, bottom) = Rows(shape[2]);
        var (left, right) = Columns(shape[3]);
        return top == bottom && left == right
            ? (null, [top, left])
            : (nn.functional.pad(x, [left, right, top, bottom], value: value), [0, 0]);
    }

    /// <summary>
    /// Returns the map with all that pooling reads around it, filled with a value; null if pooling can add the returned padding itself.
    /// The caller owns the map.
    /// </summary>
    internal (Tensor? Surrounded, long[] Padding) SurroundForPooling(Tensor x, double value)
    {
        var (height, width) = (x.shape[2], x.shape[3]);
        var (rows, columns) = (Rows(height), Columns(width));
        return rows.Before == rows.After && columns.Before == columns.After && !IncludesPartial
            && 2 * rows.Before <= Height && 2 * columns.Before <= Width
                ? (null, [rows.Before, columns.Before])
                : (nn.functional.pad(x, Margins(height, width), value: value), [0, 0]);
    }

    /// <summary>
    /// The columns left and right and the rows above and below that pooling reads around a map, a partial last position included.
    /// Negative where the last rows or columns are in no position.
    /// </summary>
    internal long[] Margins(long height, long width)
    {
        var output = Reduce(new FeatureShape(1, (int)height, (int)width));
        var (above, left) = (Rows(height).Before, Columns(width).Before);
        var below = ((output.Height - 1) * Strides[0]) + Extent(Height, Dilations[0]) - height - above;
        var right = ((output.Width - 1) * Strides[1]) + Extent(Width, Dilations[1]) - width - left;
        return [left, right, above, below];
    }

    /// <summary>
    /// The window's row and column over a map N×C×1×1 if a single position covers the map and the rest of the window is padding. This
    /// happens for small images at the end of a deep network. Null for other maps.
    /// </summary>
    internal (long Row, long Column)? OnlyMeeting(long[] shape) =>
        shape is [_, _, 1, 1]
        && Dilations is [1, 1]
        && Reduce(new FeatureShape(1, 1, 1)) is { Height: 1, Width: 1 }
        && (Rows(1).Before, Columns(1).Before) is var (row, column)
        && row < Height
        && column < Width
            ? (row, column)
            : null;

    /// <summary>The rows that are added above and below a map.</summary>
    internal (long Before, long After) Rows(long size) =>
        IsSame ? Sides(size, Height, Strides[0], Dilations[0]) : (PadHeight, PadBottom ?? PadHeight);

    /// <summary>The columns that are added left and right of a map.</summary>
    internal (long Before, long After) Columns(long size) =>
        IsSame ? Sides(size, Width, Strides[1], Dilations[1]) : (PadWidth, PadRight ?? PadWidth);

    private static (long Before, long After) Sides(long size, int window, long stride, long dilation)
    {
        var steps = (size + stride - 1) / stride;
        var total = Math.Max(((steps - 1) * stride) + Extent(window, dilation) - size, 0);
        return (total / 2, total - (total / 2));
    }

    private int Positions(int size, int window, long stride, long dilation, (long Before, long After) padding)
    {
        var room = size + padding.Before + padding.After - Extent(window, dilation);
        if (room < 0)
        {
            return 0;
        }

        var positions = (room / stride) + 1;

        // A partial position counts only if it begins on the map or on the padding before it.
        return (int)(IncludesPartial && room % stride > 0 && positions * stride < size + padding.Before ? positions + 1 : positions);
    }

    private static long Extent(int window, long dilation) => ((window - 1) * dilation) + 1;
}
