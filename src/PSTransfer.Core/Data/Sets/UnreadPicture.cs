using PSTransfer.Core.Data.Pixels;

namespace PSTransfer.Core.Data.Sets;

/// <summary>
/// Makes the error for a file that is no readable picture. For a picture of another kind the error names the kind and a converter.
/// </summary>
internal static class UnreadPicture
{
    public static PSTransferException Fault(ReadOnlySpan<byte> start, string path) => ImageDecoder.Broken(
        path,
        Kind(start) is var (kind, remedy)
        ? $"found {kind}, which can't be read. Convert it, as by '{remedy}'"
        : "expected a JPEG, PNG, BMP, WebP, GIF, TIFF or PNM image, found something else or a damaged header");

    private static (string Kind, string Remedy)? Kind(ReadOnlySpan<byte> start) => start switch
    {
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'a', (byte)'v', (byte)'i', (byte)'f' or (byte)'s', ..] =>
            ("an AVIF picture", "magick in.avif out.png"),
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'h' or (byte)'m', (byte)'e' or (byte)'i', ..] =>
            ("a HEIC picture", "heif-convert in.heic out.jpg' or 'magick in.heic out.jpg"),
        [0, 0, 0, 0x0C, (byte)'j', (byte)'P', ..] or [0xFF, 0x4F, 0xFF, 0x51, ..] => ("a JPEG 2000 picture", "magick in.jp2 out.png"),
        [0, 0, 0, 0x0C, (byte)'J', (byte)'X', ..] or [0xFF, 0x0A, ..] => ("a JPEG XL picture", "djxl in.jxl out.png"),
        _ when start.StartsWith("8BPS"u8) => ("a Photoshop file", "magick in.psd[0] out.png"),
        _ => null,
    };
}
