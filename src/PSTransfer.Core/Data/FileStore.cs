using System.Security.Cryptography;

namespace PSTransfer.Core.Data;

/// <summary>Image files, decoded each time they are read.</summary>
internal sealed class FileStore(IReadOnlyList<string> paths) : IImageStore
{
    public string PathOf(int item) => paths[item];

    public bool Has(ImageShape shape) => false;

    public bool IsSameImage(int item, IImageStore other, int otherItem) => PathOf(item) == other.PathOf(otherItem);

    public void AddContent(int item, IncrementalHash hash)
    {
        using var file = ImageDecoder.ReadFile(PathOf(item));
        hash.AppendData(SHA256.HashData(file.AsSpan()));
    }

    public void Read(int item, ImageShape shape, ResizeRule rule, Span<byte> destination)
    {
        using var image = ImageDecoder.Decode(
            PathOf(item),
            (height, width) => ImageResizer.Scale(height, width, shape, rule),
            (height, width) => ImageResizer.RowsRead(height, width, shape, rule));
        ImageResizer.Resize(image.Pixels, shape, rule, destination);
    }
}
