using System.Buffers;

namespace PSTransfer.Core.Data;

/// <summary>The pixels of a decoded file, upright, in a rented buffer: disposing gives it back.</summary>
internal sealed class DecodedImage(byte[] rented, int height, int width, int bytesPerPixel) : IDisposable
{
    /// <summary>The sides of the picture in the file, upright.</summary>
    public (int Height, int Width) Full { get; init; } = (height, width);

    /// <summary>As <see cref="Pixels.Reduction"/>.</summary>
    public double Reduction { get; init; } = 1;

    /// <summary>The pixels; not to be kept beyond disposal.</summary>
    public Pixels Pixels => new(rented.AsSpan(0, height * width * bytesPerPixel), height, width, bytesPerPixel)
    {
        FullHeight = Full.Height,
        FullWidth = Full.Width,
        Reduction = Reduction,
    };

    public void Dispose() => ArrayPool<byte>.Shared.Return(rented);
}
