namespace PSTransfer.Core.Data.Pixels;

/// <summary>A view of an image's bytes, row by row without gaps; red, green and blue are the first three of each pixel's <paramref name="bytesPerPixel"/>.</summary>
internal readonly ref struct PixelView(ReadOnlySpan<byte> bytes, int height, int width, int bytesPerPixel)
{
    public readonly ReadOnlySpan<byte> Bytes = bytes;
    public readonly int Height = height;
    public readonly int Width = width;
    public readonly int BytesPerPixel = bytesPerPixel;

    /// <summary>The height of the whole picture, where this is a reduced one.</summary>
    public int FullHeight { get; init; } = height;

    /// <summary>The width of the whole picture.</summary>
    public int FullWidth { get; init; } = width;

    /// <summary>A side of a pixel of the whole picture in pixels of this one, 1 or less: sides are rounded up, so that the last row and column may reach beyond it.</summary>
    public double Reduction { get; init; } = 1;

    /// <summary>Where each row is among those in <see cref="Bytes"/>; -1 for a row that nobody reads, null where all are there.</summary>
    public int[]? Places { get; init; }

    /// <summary>A row; empty where it was left out.</summary>
    public ReadOnlySpan<byte> Row(int y)
    {
        var place = Places is null ? y : Places[y];
        return place < 0 ? default : Bytes.Slice(place * Width * BytesPerPixel, Width * BytesPerPixel);
    }
}
