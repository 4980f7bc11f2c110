using System.Buffers;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Memory for a picture's pixels, four bytes each, that .NET never moves. Small buffers come from the pool. Large ones come from the system
/// and go back at once: the pool would keep them for each core, up to twice as large.
/// </summary>
internal sealed class PixelBuffer : IDisposable
{
    public const int BytesPerPixel = 4;
    private const int LargestPooled = 16 << 20;
    private readonly byte[]? _pooled;
    private readonly SKData? _large;
    private readonly int _length;
    private GCHandle _pin;

    public PixelBuffer(int height, int width)
    {
        _length = checked(height * width * BytesPerPixel);
        if (_length > LargestPooled)
        {
            _large = SKData.Create(_length);
            return;
        }

        _pooled = ArrayPool<byte>.Shared.Rent(_length);
        _pin = GCHandle.Alloc(_pooled, GCHandleType.Pinned);
    }

    public Span<byte> Bytes => _pooled is null ? _large!.Span : _pooled.AsSpan(0, _length);

    public Span<int> Pixels => MemoryMarshal.Cast<byte, int>(Bytes);

    public nint Address => _pooled is null ? _large!.Data : _pin.AddrOfPinnedObject();

    public void Dispose()
    {
        if (_pooled is null)
        {
            _large!.Dispose();
        }
        else if (_pin.IsAllocated)
        {
            _pin.Free();
            ArrayPool<byte>.Shared.Return(_pooled);
        }
    }
}
