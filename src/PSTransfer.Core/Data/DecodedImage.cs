using System.Buffers;

namespace PSTransfer.Core.Data;

/// <summary>The pixels of a decoded file, upright, in a rented buffer: disposing gives it back.</summary>
internal sealed class DecodedImage(byte[] rented, int height, int width, int bytesPerPixel) : IDisposable
{
    /// <summary>The pixels; not to be kept beyond disposal.</summary>
    public Pixels Pixels => new(rented.AsSpan(0, height * width * bytesPerPixel), height, width, bytesPerPixel);

    public void Dispose() => ArrayPool<byte>.Shared.Return(rented);
}
