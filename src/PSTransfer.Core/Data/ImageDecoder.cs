using System.Buffers;
using System.Runtime.InteropServices;
using PSTransfer.Core.Files;
using SkiaSharp;

namespace PSTransfer.Core.Data;

/// <summary>
/// Decodes JPEG, PNG, BMP and WebP files to 8 bits per channel. Alpha is dropped and colour profiles are ignored, as torchvision's
/// loader does; unlike it, a photo is turned upright as its EXIF orientation says.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>A number that is another one when pixels of the same file are: features made from the others aren't used then.</summary>
    public const int Version = 2;

    private const int BytesPerPixel = 4;
    private const int LargestSide = 65535;
    private const long MostPixels = 178_956_970;
    private const long LargestFile = 512L << 20;

    /// <summary>Images up to this size may come from a tiny file (a WebP of one colour); above it, more than 10,000 pixels a byte is a bomb.</summary>
    private const long PixelsAlwaysAllowed = 16 << 20;
    private const long MostPixelsPerByte = 10_000;

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scaleOf">What a picture of an upright height and width will be scaled by: a JPEG may be decoded smaller then (<see cref="JpegReduction"/>).</param>
    /// <exception cref="PSTransferException">The file is missing, empty, cut short, damaged, too large or of another format; the message names it.</exception>
    public static DecodedImage Decode(string path, Func<int, int, double>? scaleOf = null)
    {
        using var file = ReadFile(path);
        return Decode(file, path, scaleOf);
    }

    /// <summary>
    /// The bytes of an image file. They aren't an array: .NET would have as many bytes to collect as the files have, and could move none of those
    /// that are being read meanwhile.
    /// </summary>
    /// <exception cref="PSTransferException">The file is missing, a folder, a pipe or a device, too large or can't be read; the message names it.</exception>
    public static SKData ReadFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new PSTransferException(FaultKind.InvalidArgument, $"{path}: this is a folder, not an image. Name the files in it, as in {Path.Combine(path, "*.jpg")}.", path);
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
            throw new PSTransferException(FaultKind.NotFound, $"{path}: the image is not there any more.", path, missing);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: can't be read: {error.Message.TrimEnd('.')}.", path, error);
        }
    }

    private static DecodedImage Decode(SKData file, string path, Func<int, int, double>? scaleOf)
    {
        if (file.IsEmpty)
        {
            throw Broken(path, "the file is empty");
        }

        using var codec = SKCodec.Create(file)
            ?? throw Broken(path, "expected a JPEG, PNG, BMP or WebP image, found something else or a damaged header");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        var pixelCount = (long)width * height;
        if (width is < 1 or > LargestSide || height is < 1 or > LargestSide || pixelCount > MostPixels)
        {
            throw Broken(path, $"it declares {width}×{height} pixels; sides of up to {LargestSide} and {MostPixels} pixels in all are read");
        }

        if (pixelCount > PixelsAlwaysAllowed && pixelCount / file.Size > MostPixelsPerByte)
        {
            throw Broken(path, $"it declares {width}×{height} pixels in a file of {file.Size} bytes, which can't be a real image");
        }

        var origin = codec.EncodedOrigin;
        var full = IsTransposed(origin) ? (Height: width, Width: height) : (Height: height, Width: width);
        var reduction = 1.0;
        if (scaleOf is not null && codec.EncodedFormat == SKEncodedImageFormat.Jpeg)
        {
            (height, width, reduction) = JpegReduction.Choose(codec, scaleOf(full.Height, full.Width), origin is not (SKEncodedOrigin.TopLeft or SKEncodedOrigin.LeftTop));
        }

        var pixels = ArrayPool<byte>.Shared.Rent(height * width * BytesPerPixel);
        var pin = GCHandle.Alloc(pixels, GCHandleType.Pinned);
        SKCodecResult result;
        try
        {
            // No colour space: the numbers in the file, as every training pipeline reads them. Unpremultiplied: dropping alpha must not darken.
            var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
            result = codec.GetPixels(info, pin.AddrOfPinnedObject());
        }
        finally
        {
            pin.Free();
        }

        var isCut = result == SKCodecResult.IncompleteInput || ProgressiveJpeg.IsCutShort(file.AsSpan());
        if (isCut || result != SKCodecResult.Success)
        {
            ArrayPool<byte>.Shared.Return(pixels);
            throw Broken(path, isCut ? "the file is cut short" : $"its pixels are damaged ({result})");
        }

        (pixels, height, width) = Upright(pixels, height, width, origin);
        return new DecodedImage(pixels, height, width, BytesPerPixel) { Full = full, Reduction = reduction };
    }

    private static bool IsTransposed(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    private static (byte[] Pixels, int Height, int Width) Upright(byte[] pixels, int height, int width, SKEncodedOrigin origin)
    {
        if (origin == SKEncodedOrigin.TopLeft)
        {
            return (pixels, height, width);
        }

        // The eight orientations are a transposition or none, then a mirror of either axis or none. In terms of the upright image:
        var transposed = IsTransposed(origin);
        var fromRight = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var fromBottom = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        var (uprightHeight, uprightWidth) = transposed ? (width, height) : (height, width);
        var upright = ArrayPool<byte>.Shared.Rent(height * width * BytesPerPixel);
        var from = MemoryMarshal.Cast<byte, int>(pixels);
        var to = MemoryMarshal.Cast<byte, int>(upright.AsSpan());
        for (var y = 0; y < uprightHeight; y++)
        {
            for (var x = 0; x < uprightWidth; x++)
            {
                var (row, column) = transposed ? (x, y) : (y, x);
                row = fromBottom ? height - 1 - row : row;
                column = fromRight ? width - 1 - column : column;
                to[(y * uprightWidth) + x] = from[(row * width) + column];
            }
        }

        ArrayPool<byte>.Shared.Return(pixels);
        return (upright, uprightHeight, uprightWidth);
    }

    /// <summary>What is wrong alone: what can be done about it depends on who reads the file.</summary>
    private static PSTransferException Broken(string path, string what) => new(FaultKind.InvalidData, $"{path}: {what}.", path);
}
