using System.Buffers.Binary;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Facts from a JPEG's markers, read before it is decoded. A progressive JPEG holds the whole picture many times, sharper each time. Its
/// decoder keeps all coefficients. A file that is cut short decodes to a blurred picture without an error, so only the missing end marker
/// shows the fault.
/// </summary>
/// <param name="IsCutShort">Whether a progressive JPEG ends before its end marker.</param>
/// <param name="CoefficientBytesPerPixel">The bytes that a decoder keeps of each pixel until the last scan is read; 0 if one scan holds
/// all.</param>
/// <param name="Scans">How many times a decoder goes over all coefficients; 1 if one scan holds all.</param>
internal readonly record struct JpegHeader(bool IsCutShort, double CoefficientBytesPerPixel, int Scans)
{
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const byte ProgressiveFrame = 0xC2;
    private const int CoefficientBytes = 2;

    /// <summary>Reads the markers: all of them, or up to the first scan if that scan holds the whole picture.</summary>
    public static JpegHeader Read(ReadOnlySpan<byte> file)
    {
        var progressive = false;
        var frame = ReadOnlySpan<byte>.Empty;
        var scans = 0;
        var rest = file[2..];
        while (true)
        {
            // Fill bytes may lie between segments. A scan's data follow its header; in them FF is followed by 0 or a restart marker.
            var marker = rest.IndexOf((byte)0xFF);
            if (marker < 0 || marker + 1 >= rest.Length)
            {
                return Result(progressive, frame, scans);
            }

            var kind = rest[marker + 1];
            rest = rest[(marker + 1)..];
            if (kind == EndOfImage)
            {
                return Result(false, frame, scans);
            }

            if (kind is 0 or 0xFF or >= 0xD0 and <= 0xD7)
            {
                continue;
            }

            var length = rest.Length < 3 ? int.MaxValue : 1 + BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
            if (length > rest.Length)
            {
                return Result(progressive, frame, scans);
            }

            if (kind is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                progressive |= kind == ProgressiveFrame;
                frame = rest[..length];
            }
            else if (kind == StartOfScan)
            {
                scans++;
                if (!progressive && length > 3 && frame.Length > 8 && rest[3] >= frame[8])
                {
                    return new JpegHeader(false, 0, 1);
                }
            }

            rest = rest[length..];
        }
    }

    /// <param name="isCutShort">As in the record.</param>
    /// <param name="frame">The frame's segment without FF: kind, length, precision, height, width, components, and three bytes for
    /// each.</param>
    /// <param name="scans">How many scans were found.</param>
    private static JpegHeader Result(bool isCutShort, ReadOnlySpan<byte> frame, int scans)
    {
        var (sum, horizontal, vertical) = (0, 1, 1);
        for (var at = 9; at + 3 <= frame.Length; at += 3)
        {
            var (across, down) = (frame[at + 1] >> 4, frame[at + 1] & 15);
            sum += across * down;
            (horizontal, vertical) = (Math.Max(horizontal, across), Math.Max(vertical, down));
        }

        return new JpegHeader(isCutShort, CoefficientBytes * (double)sum / (horizontal * vertical), Math.Max(scans, 1));
    }
}
