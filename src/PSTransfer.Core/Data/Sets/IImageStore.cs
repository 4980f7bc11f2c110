using System.Security.Cryptography;
using PSTransfer.Core.Data.Pixels;

namespace PSTransfer.Core.Data.Sets;

/// <summary>Where the pixels of a data set come from. Reading is safe from several threads at once.</summary>
internal interface IImageStore
{
    /// <summary>The file of an image; null if many images share a file.</summary>
    string? PathOf(int item);

    /// <summary>Whether reading by a path only copies bytes in memory, without decoding or resizing.</summary>
    bool Has(PixelPath path);

    /// <summary>Whether an image equals that of another store: the same file, or the same bytes if many images share a file.</summary>
    bool IsSameImage(int item, IImageStore other, int otherItem);

    /// <summary>Adds an image's content to a hash: the bytes of its file, or its own bytes if many images share a file.</summary>
    void AddContent(int item, IncrementalHash hash);

    /// <summary>Writes one image as H×W×C bytes, RGB or grey.</summary>
    /// <exception cref="PSTransferException">The image can't be read; the message names the file.</exception>
    void Read(int item, PixelPath path, Span<byte> destination);
}
