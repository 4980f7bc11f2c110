using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>Facts from a PNG's chunks that Skia doesn't report.</summary>
/// <param name="Origin">The orientation of the eXIf chunk, or of the EXIF data that ImageMagick writes as text.</param>
/// <param name="HasProfile">Whether there is an ICC profile. Gamma and chromaticities alone don't count: many programs write sRGB's by
/// default.</param>
/// <param name="IsInterlaced">Whether rows come in seven passes, so that a decoder keeps them all.</param>
internal readonly record struct PngChunks(SKEncodedOrigin Origin, bool HasProfile, bool IsInterlaced)
{
    private const int SignatureBytes = 8;
    private const int ChunkBytes = 12;
    private const int InterlaceAt = 28;
    private const int LongestText = 1 << 18;

    /// <summary>Reads the chunks, up to the last one or up to one that is cut short.</summary>
    public static PngChunks Read(ReadOnlySpan<byte> file)
    {
        var chunks = new PngChunks(SKEncodedOrigin.TopLeft, false, file.Length > InterlaceAt && file[InterlaceAt] != 0);
        var isExif = false;
        var rest = file[Math.Min(SignatureBytes, file.Length)..];
        while (rest.Length >= ChunkBytes)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - ChunkBytes)
            {
                break;
            }

            var kind = rest.Slice(4, 4);
            var data = rest.Slice(8, (int)length);
            if (kind.SequenceEqual("eXIf"u8))
            {
                (isExif, chunks) = (true, chunks with { Origin = Exif.Orientation(data) });
            }
            else if (kind.SequenceEqual("iCCP"u8))
            {
                chunks = chunks with { HasProfile = true };
            }
            else if (!isExif && RawProfile(kind, data) is { } text)
            {
                chunks = chunks with { Origin = Exif.Orientation(text) };
            }

            rest = rest[(ChunkBytes + (int)length)..];
        }

        return chunks;
    }

    /// <summary>
    /// Reads the EXIF data that ImageMagick writes as text: a name, a length, hexadecimal digits. Null if the chunk holds other text.
    /// </summary>
    private static byte[]? RawProfile(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> data)
    {
        var compressed = kind.SequenceEqual("zTXt"u8);
        if (!(compressed || kind.SequenceEqual("tEXt"u8))
            || !(data.StartsWith("Raw profile type exif\0"u8) || data.StartsWith("Raw profile type APP1\0"u8)))
        {
            return null;
        }

        data = data[(data.IndexOf((byte)0) + 1)..];
        var text = compressed ? Inflate(data) : data;
        var lines = Encoding.Latin1.GetString(text[..Math.Min(text.Length, LongestText)]).Split('\n', 4);
        try
        {
            return lines.Length == 4 ? Convert.FromHexString(lines[3].Replace("\n", "", StringComparison.Ordinal).Trim()) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Unpacks a compressed text, or only its beginning if it is long.</summary>
    /// <param name="data">A byte for the method, then a zlib stream.</param>
    private static ReadOnlySpan<byte> Inflate(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return default;
        }

        using var zlib = new ZLibStream(new MemoryStream(data[1..].ToArray()), CompressionMode.Decompress);
        var text = new byte[LongestText];
        try
        {
            return text.AsSpan(0, zlib.ReadAtLeast(text, text.Length, throwOnEndOfStream: false));
        }
        catch (InvalidDataException)
        {
            return default;
        }
    }
}
