using System.Security.Cryptography;
using PSTransfer.Core.Data.Pixels;

namespace PSTransfer.Core.Data.Sets;

/// <summary>Image files, decoded each time they are read.</summary>
internal sealed class FileStore(IReadOnlyList<string> paths) : IImageStore
{
    public string PathOf(int item) => paths[item];

    public bool Has(PixelPath path) => false;

    public bool IsSameImage(int item, IImageStore other, int otherItem) => PathOf(item) == other.PathOf(otherItem);

    public void AddContent(int item, IncrementalHash hash)
    {
        using var file = ImageDecoder.ReadFile(PathOf(item));
        hash.AppendData(SHA256.HashData(file.AsSpan()));
    }

    public void Read(int item, PixelPath path, Span<byte> destination) => path.Read(PathOf(item), destination);
}
