using PSTransfer.Core.Data.Sets;
using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>Decodes JPEG, PNG, BMP, WebP and the first frame of a GIF by SkiaSharp, which converts other profiles to sRGB.</summary>
internal static class SkiaPicture
{
    private static readonly SKEncodedImageFormat[] _formats =
    [
        SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png, SKEncodedImageFormat.Bmp, SKEncodedImageFormat.Webp, SKEncodedImageFormat.Gif,
    ];

    /// <summary>
    /// The most pixels that all scans of a progressive JPEG may visit. Each scan visits every pixel's coefficients, even if the scan has
    /// few bytes.
    /// </summary>
    private const long MostScannedPixels = 2_000_000_000;

    /// <exception cref="PSTransferException">The file can't be read, as for <see cref="ImageDecoder.Decode"/>.</exception>
    public static DecodedImage Decode(SKData file, string path, Func<int, int, double>? scaleOf, Func<int, int, bool[]?>? rowsOf)
    {
        using var codec = SKCodec.Create(file);
        if (codec is null || !_formats.Contains(codec.EncodedFormat))
        {
            throw UnreadPicture.Fault(file.AsSpan(), path);
        }

        var (height, width) = (codec.Info.Height, codec.Info.Width);
        ImageDecoder.RequireSides(height, width, file.Size, path);
        var isJpeg = codec.EncodedFormat == SKEncodedImageFormat.Jpeg;
        var png = codec.EncodedFormat == SKEncodedImageFormat.Png ? PngChunks.Read(file.AsSpan()) : (PngChunks?)null;
        var jpeg = isJpeg ? JpegHeader.Read(file.AsSpan()) : default;
        if (jpeg.IsCutShort)
        {
            throw ImageDecoder.CutShort(path);
        }

        var origin = png?.Origin ?? codec.EncodedOrigin;
        var full = UprightPicture.IsTransposed(origin) ? (Height: width, Width: height) : (Height: height, Width: width);
        var reduction = 1.0;
        if (scaleOf is not null && isJpeg)
        {
            var mirrored = origin is not (SKEncodedOrigin.TopLeft or SKEncodedOrigin.LeftTop);
            (height, width, reduction) = JpegReduction.Choose(codec, scaleOf(full.Height, full.Width), mirrored);
        }

        // Skia doesn't convert if the profile is within a grey level of sRGB, or if it doesn't understand the profile. Unpremultiplied,
        // since dropping alpha must not darken the picture.
        using var space = png is { HasProfile: false } ? null : SKColorSpace.CreateSrgb();
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, space);
        var rows = isJpeg && reduction == 1 ? rowsOf?.Invoke(full.Height, full.Width) : null;
        var cost = Cost(codec, file, jpeg, png, info, origin, rows);
        var memory = new DecodingMemory(cost, path, full.Height, full.Width, jpeg.Scans > 1 ? " as a progressive JPEG" : "");
        UprightPicture? picture = null;
        try
        {
            if (jpeg.Scans * (long)codec.Info.Width * codec.Info.Height > MostScannedPixels)
            {
                var what = $"its {full.Width}×{full.Height} pixels come in {jpeg.Scans} scans, which would take too long to decode";
                throw ImageDecoder.Broken(path, $"{what}. Save it as a baseline JPEG, as by 'jpegtran in.jpg > out.jpg'");
            }

            picture = new UprightPicture(height, width, origin, rows);
            var result = origin == SKEncodedOrigin.TopLeft && rows is null ? codec.GetPixels(info, picture.Buffer.Address)
                : isJpeg ? DecodeRows(codec, info, picture)
                : DecodeAndTurn(codec, info, picture);
            return result switch
            {
                SKCodecResult.Success => picture.Finish(memory, full, reduction),
                SKCodecResult.IncompleteInput => throw ImageDecoder.CutShort(path),
                _ => throw ImageDecoder.Broken(path, $"its pixels are damaged ({result})"),
            };
        }
        catch
        {
            picture?.Dispose();
            memory.Dispose();
            throw;
        }
    }

    private static SKCodecResult DecodeRows(SKCodec codec, SKImageInfo info, UprightPicture picture)
    {
        var started = codec.StartScanlineDecode(info);
        using var some = new PixelBuffer(UprightPicture.RowsAtOnce, info.Width);
        for (var first = 0; started == SKCodecResult.Success && first < info.Height; first += UprightPicture.RowsAtOnce)
        {
            var count = Math.Min(UprightPicture.RowsAtOnce, info.Height - first);
            if (codec.GetScanlines(some.Address, count, info.RowBytes) < count)
            {
                return SKCodecResult.IncompleteInput;
            }

            picture.Put(some.Pixels, first, count);
        }

        return started;
    }

    private static SKCodecResult DecodeAndTurn(SKCodec codec, SKImageInfo info, UprightPicture picture)
    {
        using var asStored = new PixelBuffer(info.Height, info.Width);
        var result = codec.GetPixels(info, asStored.Address);
        if (result == SKCodecResult.Success)
        {
            picture.Put(asStored.Pixels, 0, info.Height);
        }

        return result;
    }

    /// <summary>The most bytes that decoding takes at any time, including the file.</summary>
    private static double Cost(
        SKCodec codec, SKData file, JpegHeader jpeg, PngChunks? png, SKImageInfo info, SKEncodedOrigin origin, bool[]? rows)
    {
        var pixels = (double)codec.Info.Width * codec.Info.Height;
        var turned = (double)PixelBuffer.BytesPerPixel * info.Width * (rows?.Count(row => row) ?? info.Height);
        var asStored = origin == SKEncodedOrigin.TopLeft ? 0 : PixelBuffer.BytesPerPixel * pixels;
        return file.Size + turned + codec.EncodedFormat switch
        {
            SKEncodedImageFormat.Jpeg => jpeg.CoefficientBytesPerPixel * pixels,
            SKEncodedImageFormat.Png => asStored + (png!.Value.IsInterlaced ? 8 * pixels : 0),
            SKEncodedImageFormat.Bmp => 0,
            _ => asStored + (5 * pixels), // both of WebP's decoders and GIF's keep a frame of their own
        };
    }
}
