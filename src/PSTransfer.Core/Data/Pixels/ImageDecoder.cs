using PSTransfer.Core.Files;
using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Decodes JPEG, PNG, BMP, WebP, GIF, TIFF and PNM files to upright sRGB pixels of 8 bits per channel; docs/data.md has the rules. Alpha is
/// dropped, as by torchvision's loader. Unlike that loader, this decoder turns a picture by its orientation and converts other colour
/// spaces.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>
    /// Version of the decoder. Raise it whenever the same file would decode to other pixels, so that cached features are computed again.
    /// </summary>
    public const int Version = 3;

    private const int LargestSide = 65535;
    private const long MostPixels = 178_956_970;
    private const long LargestFile = 512L << 20;

    /// <summary>
    /// Images up to this size may come from a tiny file (a WebP of one colour). Above it, more than 10,000 pixels per byte are taken for a
    /// bomb.
    /// </summary>
    private const long PixelsAlwaysAllowed = 16 << 20;
    private const long MostPixelsPerByte = 10_000;

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scaleOf">The scale for a picture of an upright height and width. A JPEG may then be decoded smaller
    /// (<see cref="JpegReduction"/>).</param>
    /// <param name="rowsOf">The rows that will be read of a picture of an upright height and width; null for all. Other rows may be left
    /// out.</param>
    /// <exception cref="PSTransferException">The file is missing, empty, cut short, damaged, too large or of another format; the message
    /// names it.</exception>
    public static DecodedImage Decode(string path, Func<int, int, double>? scaleOf = null, Func<int, int, bool[]?>? rowsOf = null)
    {
        using var file = ReadFile(path);
        return Decode(file, path, scaleOf, rowsOf);
    }

    /// <summary>
    /// Reads an image file's bytes into memory outside .NET's heap. An array would leave .NET as many bytes to collect as the files have,
    /// and would pin those that are being read.
    /// </summary>
    /// <exception cref="PSTransferException">The file is missing, a folder, a pipe or a device, too large or can't be read; the message
    /// names it.</exception>
    public static SKData ReadFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{path}: this is a folder, not an image. Name the files in it, as in {Path.Combine(path, "*.jpg")}.",
                path);
        }

        try
        {
            using var file = RegularFile.Open(path, options: FileOptions.SequentialScan);
            var length = RandomAccess.GetLength(file);
            if (length > LargestFile)
            {
                throw Broken(path, $"the file has {length} bytes; images of up to {LargestFile} bytes are read");
            }

            var data = SKData.Create(length);
            for (var read = 0; read < length;)
            {
                var more = RandomAccess.Read(file, data.Span[read..], read);
                read += more > 0 ? more : throw new EndOfStreamException();
            }

            return data;
        }
        catch (FileNotFoundException missing)
        {
            throw new PSTransferException(FaultKind.NotFound, $"{path}: the image is not there (any more).", path, missing);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: can't be read: {error.Message.TrimEnd('.')}.", path, error);
        }
    }

    /// <summary>Refuses sides that no picture has, before anything is allocated for them.</summary>
    /// <exception cref="PSTransferException">InvalidData.</exception>
    internal static void RequireSides(int height, int width, long fileSize, string path)
    {
        var pixelCount = (long)width * height;
        if (width is < 1 or > LargestSide || height is < 1 or > LargestSide || pixelCount > MostPixels)
        {
            throw Broken(
                path, $"it declares {width}×{height} pixels; sides of up to {LargestSide} and {MostPixels} pixels in all are read");
        }

        if (pixelCount > PixelsAlwaysAllowed && pixelCount / fileSize > MostPixelsPerByte)
        {
            throw Broken(path, $"it declares {width}×{height} pixels in a file of {fileSize} bytes, which can't be a real image");
        }
    }

    /// <summary>Makes an error that says what is wrong. It names no remedy, since that depends on the reader of the file.</summary>
    internal static PSTransferException Broken(string path, string what, Exception? inner = null) =>
        new(FaultKind.InvalidData, $"{path}: {what}.", path, inner);

    internal static PSTransferException CutShort(string path) => Broken(path, "the file is cut short");

    private static DecodedImage Decode(
        SKData file, string path, Func<int, int, double>? scaleOf, Func<int, int, bool[]?>? rowsOf) => file.AsSpan() switch
    {
        [] => throw Broken(path, "the file is empty"),
        var bytes when TiffDirectory.Is(bytes) => TiffPicture.Decode(file, path, rowsOf),
        var bytes when NetpbmPicture.Is(bytes) => NetpbmPicture.Decode(file, path, rowsOf),
        _ => SkiaPicture.Decode(file, path, scaleOf, rowsOf),
    };
}
