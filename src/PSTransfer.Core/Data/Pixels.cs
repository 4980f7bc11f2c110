namespace PSTransfer.Core.Data;

/// <summary>A view of an image's bytes, row by row without gaps; red, green and blue are the first three of each pixel's <paramref name="bytesPerPixel"/>.</summary>
internal readonly ref struct Pixels(ReadOnlySpan<byte> bytes, int height, int width, int bytesPerPixel)
{
    public readonly ReadOnlySpan<byte> Bytes = bytes;
    public readonly int Height = height;
    public readonly int Width = width;
    public readonly int BytesPerPixel = bytesPerPixel;
}
