using BitMiracle.LibTiff.Classic;
using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Decodes the first picture of a TIFF file: LibTiff.NET unpacks its strips or tiles, and <see cref="TiffColor"/> converts them to pixels.
/// </summary>
internal static class TiffPicture
{
    public const ushort NewSubfileType = 254;
    public const ushort ImageWidth = 256;
    public const ushort DngVersion = 50706;
    private const ushort ImageLength = 257;
    private const ushort CompressionTag = 259;
    private const ushort StripOffsets = 273;
    private const ushort OrientationTag = 274;
    private const ushort RowsPerStrip = 278;
    private const ushort StripByteCounts = 279;
    private const ushort TileWidth = 322;
    private const ushort TileLength = 323;
    private const ushort TileByteCounts = 325;
    private const ushort IccProfile = 34675;

    private static readonly Compression[] _compressions =
    [
        Compression.NONE, Compression.CCITTRLE, Compression.CCITTFAX3, Compression.CCITTFAX4, Compression.LZW, Compression.JPEG,
        Compression.ADOBE_DEFLATE, Compression.DEFLATE, Compression.PACKBITS,
    ];

    // By default the library would write errors to the console.
    static TiffPicture() => Tiff.SetErrorHandler(new Silent());

    /// <exception cref="PSTransferException">The file can't be read, as for <see cref="ImageDecoder.Decode"/>.</exception>
    public static DecodedImage Decode(SKData file, string path, Func<int, int, bool[]?>? rowsOf)
    {
        if (file.Size < 8)
        {
            throw ImageDecoder.CutShort(path);
        }

        var tags = TiffDirectory.Read(file, path);
        var (height, width) = (Side(tags, ImageLength, 0), Side(tags, ImageWidth, 0));
        ImageDecoder.RequireSides(height, width, file.Size, path);
        var color = TiffColor.Of(tags, path);
        var compression = (Compression)tags.First(CompressionTag, 1);
        if (!_compressions.Contains(compression))
        {
            throw ImageDecoder.Broken(
                path,
                $"it is compressed by method {(int)compression}; none, LZW, Deflate, JPEG, PackBits and fax are read. "
                + "Convert it, as by 'magick in.tif -compress lzw out.tif'");
        }

        var tiled = tags.Has(TileWidth);
        var part = tiled
            ? (Height: Side(tags, TileLength, 0), Width: Side(tags, TileWidth, 0))
            : (Height: Math.Min(Side(tags, RowsPerStrip, height), height), Width: width);
        ImageDecoder.RequireSides(part.Height, part.Width, file.Size, path);
        var (down, across) = ((height + part.Height - 1) / part.Height, (width + part.Width - 1) / part.Width);
        var sizes = tags.All(tiled ? TileByteCounts : StripByteCounts);
        var parts = (long)down * across * color.Planes;
        if (parts > file.Size || Array.Exists(sizes, size => size > file.Size) || !(tags.Has(StripOffsets) || tiled))
        {
            throw ImageDecoder.Broken(
                path, $"it declares {parts} {(tiled ? "tiles" : "strips")} that {file.Size} bytes can't hold; it is cut short or damaged");
        }

        var origin = (SKEncodedOrigin)(tags.First(OrientationTag, 1) is >= 1 and <= 8 and var orientation ? orientation : 1);
        var full = UprightPicture.IsTransposed(origin) ? (Height: width, Width: height) : (Height: height, Width: width);
        var rows = rowsOf?.Invoke(full.Height, full.Width);
        var kept = (double)PixelBuffer.BytesPerPixel * full.Width * (rows?.Count(row => row) ?? full.Height);
        var unpacked = (double)color.RowBytes(part.Width) * color.Planes * across;
        var packed = sizes.Length == 0 ? 0 : sizes.Max();
        var memory = new DecodingMemory(file.Size + kept + (unpacked * part.Height) + packed, path, full.Height, full.Width);
        UprightPicture? picture = null;
        try
        {
            picture = new UprightPicture(height, width, origin, rows);
            using var tiff = Open(file, path, tags);
            if (compression == Compression.JPEG)
            {
                tiff.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
            }

            Unpack(tiff, color, picture, (height, width), part, path);
            if (tags.Has(IccProfile) && color.HasProfile)
            {
                ProfileConversion.ToSrgb(picture.Buffer, picture.Width, tags.Bytes(IccProfile), color.IsGrey);
            }

            return picture.Finish(memory, full, 1);
        }
        catch (Exception error)
        {
            picture?.Dispose();
            memory.Dispose();
            if (error is PSTransferException or OutOfMemoryException)
            {
                throw;
            }

            // For a damaged file the library throws all kinds of exceptions.
            throw ImageDecoder.Broken(path, $"its pixels are damaged ({error.GetType().Name})", error);
        }
    }

    private static Tiff Open(SKData file, string path, TiffDirectory tags)
    {
        var tiff = Tiff.ClientOpen(path, "rc", file.AsStream(), new TiffStream()); // c: read a strip in one piece, not in pieces of 8 KB
        return tiff is not null && (tags.Page == 0 || tiff.SetDirectory((short)tags.Page))
            ? tiff
            : throw ImageDecoder.Broken(path, "its directory is damaged");
    }

    /// <summary>Unpacks strip after strip, or one row of tiles after another.</summary>
    private static void Unpack(
        Tiff tiff, TiffColor color, UprightPicture picture, (int Height, int Width) whole, (int Height, int Width) part, string path)
    {
        var tiled = tiff.IsTiled();
        var (rowBytes, foundBytes) = (color.RowBytes(part.Width), tiled ? tiff.TileRowSize() : tiff.ScanlineSize());
        if (foundBytes != rowBytes)
        {
            throw ImageDecoder.Broken(path, $"its rows have {foundBytes} bytes, expected {rowBytes}; the file is damaged");
        }

        var planes = Enumerable.Range(0, color.Planes).Select(_ => new byte[rowBytes * part.Height]).ToArray();
        var across = (whole.Width + part.Width - 1) / part.Width;
        var down = (whole.Height + part.Height - 1) / part.Height;
        var band = new int[Math.Min(part.Height, UprightPicture.RowsAtOnce) * whole.Width];
        var parts = new byte[across][][];
        for (var top = 0; top < whole.Height; top += part.Height)
        {
            var height = Math.Min(part.Height, whole.Height - top);
            for (var column = 0; column < across; column++)
            {
                parts[column] = column == 0 ? planes : parts[column] ?? [.. planes.Select(plane => new byte[plane.Length])];
                foreach (var (plane, bytes) in parts[column].Index())
                {
                    var number = (((plane * down) + (top / part.Height)) * across) + column;
                    var expected = tiled ? bytes.Length : rowBytes * height;
                    var found = tiled
                        ? tiff.ReadEncodedTile(number, bytes, 0, expected)
                        : tiff.ReadEncodedStrip(number, bytes, 0, expected);
                    if (found < expected)
                    {
                        throw ImageDecoder.Broken(path, $"its {(tiled ? "tile" : "strip")} {number} is cut short or damaged");
                    }
                }
            }

            for (var row = 0; row < height; row += UprightPicture.RowsAtOnce)
            {
                var count = Math.Min(UprightPicture.RowsAtOnce, height - row);
                for (var y = 0; y < count; y++)
                {
                    for (var column = 0; column < across; column++)
                    {
                        var left = column * part.Width;
                        var pixels = band.AsSpan((y * whole.Width) + left, Math.Min(part.Width, whole.Width - left));
                        color.Convert(parts[column], (row + y) * rowBytes, pixels);
                    }
                }

                picture.Put(band.AsSpan(0, count * whole.Width), top + row, count);
            }
        }
    }

    private static int Side(TiffDirectory tags, ushort tag, int otherwise) =>
        (int)Math.Min(tags.First(tag, (uint)otherwise), int.MaxValue);

    private sealed class Silent : TiffErrorHandler
    {
        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }
    }
}
