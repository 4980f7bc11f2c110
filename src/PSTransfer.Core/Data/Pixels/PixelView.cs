namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// A view of an image's bytes, row by row without gaps. The first three of each pixel's <paramref name="bytesPerPixel"/> bytes are red,
/// green and blue.
/// </summary>
internal readonly ref struct PixelView(ReadOnlySpan<byte> bytes, int height, int width, int bytesPerPixel)
{
    public readonly ReadOnlySpan<byte> Bytes = bytes;
    public readonly int Height = height;
    public readonly int Width = width;
    public readonly int BytesPerPixel = bytesPerPixel;

    /// <summary>The height of the whole picture; larger than the view's own height if the picture was reduced.</summary>
    public int FullHeight { get; init; } = height;

    /// <summary>The width of the whole picture; larger than the view's own width if the picture was reduced.</summary>
    public int FullWidth { get; init; } = width;

    /// <summary>
    /// The side of a whole picture's pixel, counted in this view's pixels; 1 or less. Sides are rounded up, so the last row and column may
    /// reach beyond the whole picture.
    /// </summary>
    public double Reduction { get; init; } = 1;

    /// <summary>The place of each row within <see cref="Bytes"/>, or -1 for a row that was left out. Null if all rows are kept.</summary>
    public int[]? Places { get; init; }

    /// <summary>The bytes of a row; empty if the row was left out.</summary>
    public ReadOnlySpan<byte> Row(int y)
    {
        var place = Places is null ? y : Places[y];
        return place < 0 ? default : Bytes.Slice(place * Width * BytesPerPixel, Width * BytesPerPixel);
    }
}
