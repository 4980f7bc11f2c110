using System.Buffers.Binary;
using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>Reads the orientation from a picture's EXIF data, which are a small TIFF file without pixels.</summary>
internal static class Exif
{
    private const ushort OrientationTag = 0x0112;
    private const ushort Short = 3;
    private const int EntryBytes = 12;

    /// <summary>
    /// Reads the orientation of the first directory; its numbers are Skia's too. A missing or senseless orientation means upright.
    /// </summary>
    /// <param name="data">The EXIF data, with or without the six bytes that precede them in a JPEG.</param>
    public static SKEncodedOrigin Orientation(ReadOnlySpan<byte> data)
    {
        data = data.StartsWith("Exif\0\0"u8) ? data[6..] : data;
        if (data.Length < 8 || !(data.StartsWith("II*\0"u8) || data.StartsWith("MM\0*"u8)))
        {
            return SKEncodedOrigin.TopLeft;
        }

        var little = data[0] == 'I';
        var first = little ? BinaryPrimitives.ReadUInt32LittleEndian(data[4..]) : BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        if (first > data.Length - 2)
        {
            return SKEncodedOrigin.TopLeft;
        }

        var count = Read(data[(int)first..], little);
        var entries = data[((int)first + 2)..];
        for (; count > 0 && entries.Length >= EntryBytes; count--, entries = entries[EntryBytes..])
        {
            if (Read(entries, little) == OrientationTag)
            {
                var value = Read(entries[8..], little);
                return Read(entries[2..], little) == Short && value is >= 1 and <= 8 ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;
            }
        }

        return SKEncodedOrigin.TopLeft;
    }

    private static ushort Read(ReadOnlySpan<byte> at, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);
}
