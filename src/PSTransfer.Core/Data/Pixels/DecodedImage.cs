namespace PSTransfer.Core.Data.Pixels;

/// <summary>The upright pixels of a decoded file, in memory of their own. Disposing the image frees the memory.</summary>
/// <param name="buffer">The pixels.</param>
/// <param name="memory">The share of memory that decoding took.</param>
/// <param name="height">Rows of the picture.</param>
/// <param name="width">Pixels of a row.</param>
/// <param name="places">The place of each row among those kept, as in <see cref="Pixels.Places"/>.</param>
internal sealed class DecodedImage(PixelBuffer buffer, DecodingMemory memory, int height, int width, int[]? places) : IDisposable
{
    /// <summary>The sides of the picture in the file, upright.</summary>
    public (int Height, int Width) Full { get; init; } = (height, width);

    /// <summary>The scale of the pixels against the whole picture, as in <see cref="Pixels.Reduction"/>.</summary>
    public double Reduction { get; init; } = 1;

    /// <summary>The pixels. The view must not be used after disposal.</summary>
    public PixelView Pixels => new(buffer.Bytes, height, width, PixelBuffer.BytesPerPixel)
    {
        FullHeight = Full.Height,
        FullWidth = Full.Width,
        Reduction = Reduction,
        Places = places,
    };

    public void Dispose()
    {
        buffer.Dispose();
        memory.Dispose();
    }
}
