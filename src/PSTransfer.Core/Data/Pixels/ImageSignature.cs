using System.Text;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Tells which files are pictures, by one rule for every command. A name with the ending of a readable kind is believed. Any other file is
/// judged by its first bytes.
/// </summary>
internal static class ImageSignature
{
    private const int BytesLookedAt = 512;

    private static readonly Dictionary<string, ImageKind> ByEnding =
        ImageKind.All.SelectMany(kind => kind.Endings.Select(ending => (ending, kind)))
            .ToDictionary(pair => pair.ending, pair => pair.kind, StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, ImageKind>.AlternateLookup<ReadOnlySpan<char>> ByEndingSpan =
        ByEnding.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The possible lengths of a BMP's second header. They tell a BMP from a text that begins with BM.</summary>
    private static readonly byte[] BmpHeaders = [12, 16, 40, 52, 56, 64, 108, 124];

    /// <summary>Whether a name has the ending of a readable picture. The file isn't opened.</summary>
    public static bool IsImageName(ReadOnlySpan<char> path) => OfName(path) is { IsReadable: true };

    /// <summary>The kind of picture that a name's ending stands for; null for none.</summary>
    public static ImageKind? OfName(ReadOnlySpan<char> path) =>
        ByEndingSpan.TryGetValue(Path.GetExtension(path), out var kind) ? kind : null;

    /// <summary>The kind of picture in a file, by its first bytes, or by its name if the bytes tell nothing; null for no picture.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="PSTransferException">The path is no regular file.</exception>
    public static ImageKind? OfFile(string path)
    {
        var named = OfName(path);
        using var file = BinaryFile.Open(path, bufferSize: 0);
        Span<byte> start = stackalloc byte[BytesLookedAt];
        var held = OfContent(start[..file.ReadAtLeast(start, BytesLookedAt, throwOnEndOfStream: false)]);
        return held == ImageKind.Tiff && named == ImageKind.Raw ? named : held ?? named;
    }

    /// <summary>The kind of picture that begins with these bytes; null for an unknown kind.</summary>
    /// <param name="start">The first 512 bytes of a file, or all it has.</param>
    public static ImageKind? OfContent(ReadOnlySpan<byte> start) => start switch
    {
        [0xFF, 0xD8, 0xFF, ..] => ImageKind.Jpeg,
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ImageKind.Png,
        [(byte)'B', (byte)'M', _, _, _, _, _, _, _, _, _, _, _, _, var length, 0, 0, 0, ..] when BmpHeaders.Contains(length)
            => ImageKind.Bmp,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => ImageKind.WebP,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => ImageKind.Gif,
        [(byte)'I', (byte)'I', 0x2A, 0, _, _, _, _, (byte)'C', (byte)'R', ..] => ImageKind.Raw,
        [(byte)'I', (byte)'I', 0x2A, 0, ..] or [(byte)'M', (byte)'M', 0, 0x2A, ..] => ImageKind.Tiff,
        [(byte)'I', (byte)'I', 0x2B, 0, ..] or [(byte)'M', (byte)'M', 0, 0x2B, ..] => ImageKind.BigTiff,
        [(byte)'I', (byte)'I', 0xBC, ..] => ImageKind.JpegXr,
        [(byte)'I', (byte)'I', (byte)'U', 0, ..] or [(byte)'I', (byte)'I', (byte)'R', (byte)'O' or (byte)'S', ..]
            or [(byte)'M', (byte)'M', (byte)'O', (byte)'R', ..] => ImageKind.Raw,
        [(byte)'P', >= (byte)'1' and <= (byte)'6', ..] when IsPnm(start[2..]) => ImageKind.Pnm,
        [0xFF, 0x0A, ..] or [0, 0, 0, 0x0C, (byte)'J', (byte)'X', (byte)'L', (byte)' ', ..] => ImageKind.JpegXl,
        [0xFF, 0x4F, 0xFF, 0x51, ..] or [0, 0, 0, 0x0C, (byte)'j', (byte)'P', ..] => ImageKind.Jpeg2000,
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => OfBrands(start[8..]),
        _ when start.StartsWith("FUJIFILMCCD-RAW"u8) || start.StartsWith("FOVb"u8) || start.StartsWith("\0MRM"u8) => ImageKind.Raw,
        _ when start.StartsWith("8BPS"u8) => ImageKind.Psd,
        _ when start.StartsWith("gimp xcf"u8) => ImageKind.Xcf,
        _ when start.StartsWith("%PDF-"u8) => ImageKind.Pdf,
        _ when start.StartsWith("%!PS"u8) => ImageKind.PostScript,
        _ when start.Length > 132 && start[128..].StartsWith("DICM"u8) => ImageKind.Dicom,
        [0x76, 0x2F, 0x31, 0x01, ..] => ImageKind.OpenExr,
        _ when start.StartsWith("#?RADIANCE"u8) || start.StartsWith("#?RGBE"u8) => ImageKind.Radiance,
        _ when IsSvg(start) => ImageKind.Svg,
        _ => null,
    };

    /// <summary>
    /// Whether a blank and then a number or a comment follow. Without this check, a text that begins with P5 would be a picture.
    /// </summary>
    private static bool IsPnm(ReadOnlySpan<byte> rest)
    {
        var blanks = rest.Length - rest.TrimStart(" \t\r\n"u8).Length;
        return blanks > 0 && rest.Length > blanks && (rest[blanks] == '#' || char.IsAsciiDigit((char)rest[blanks]));
    }

    /// <summary>
    /// The kind of picture by the brands of a file in the ISO base media format, the major brand first. Films have other brands.
    /// </summary>
    private static ImageKind? OfBrands(ReadOnlySpan<byte> brands)
    {
        ImageKind? found = null;

        // The list holds the major brand, its version, then the compatible brands.
        for (var at = 0; at + 4 <= Math.Min(brands.Length, 64); at += at == 0 ? 8 : 4)
        {
            var kind = Encoding.Latin1.GetString(brands.Slice(at, 4)) switch
            {
                "avif" or "avis" => ImageKind.Avif,
                "heic" or "heix" or "heim" or "heis" or "hevc" or "hevx" => ImageKind.Heic,
                "crx " => ImageKind.Raw,
                "mif1" or "msf1" => at == 0 ? ImageKind.Heic : null,
                _ => null,
            };
            if (kind is not null && (found is null || kind == ImageKind.Avif))
            {
                found = kind;
            }

            if (at == 0 && kind is null)
            {
                return null;
            }
        }

        return found;
    }

    private static bool IsSvg(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        var text = (start.StartsWith(mark) ? start[3..] : start).TrimStart(" \t\r\n"u8);
        return text.StartsWith("<"u8) && text.IndexOf("<svg"u8) >= 0;
    }
}
