using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Data.Sets;

/// <summary>Small images of one shape, kept as bytes: H×W×C, RGB or grey.</summary>
internal sealed class MemoryStore(ImageShape native, byte[][] images) : IImageStore
{
    private readonly byte[][] _images = images;

    public string? PathOf(int item) => null;

    public bool Has(PixelPath path) => path.Shape == native && ImageResizer.Keeps(native.Height, native.Width, native, path.Resize);

    public bool IsSameImage(int item, IImageStore other, int otherItem) =>
        other is MemoryStore memory && _images[item].AsSpan().SequenceEqual(memory._images[otherItem]);

    public void AddContent(int item, IncrementalHash hash)
    {
        hash.AppendData(MemoryMarshal.AsBytes<int>([native.Height, native.Width, native.Channels]));
        hash.AppendData(SHA256.HashData(_images[item]));
    }

    public void Read(int item, PixelPath path, Span<byte> destination)
    {
        var image = _images[item];
        if (Has(path))
        {
            image.CopyTo(destination);
            return;
        }

        var pixelCount = native.Height * native.Width;
        var rgb = ArrayPool<byte>.Shared.Rent(pixelCount * 3);
        if (native.Channels == 3)
        {
            image.CopyTo(rgb, 0);
        }
        else
        {
            for (var i = 0; i < pixelCount; i++)
            {
                rgb.AsSpan(3 * i, 3).Fill(image[i]);
            }
        }

        path.Fit(new PixelView(rgb, native.Height, native.Width, 3), destination);
        ArrayPool<byte>.Shared.Return(rgb);
    }
}
