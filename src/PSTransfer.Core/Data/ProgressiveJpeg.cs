using System.Buffers.Binary;

namespace PSTransfer.Core.Data;

/// <summary>
/// A progressive JPEG holds the whole picture many times, sharper each time. A decoder shows what there is of one that is cut short, a blur,
/// and calls it a success; only its missing end gives it away.
/// </summary>
internal static class ProgressiveJpeg
{
    private const byte EndOfImage = 0xD9;
    private const byte ProgressiveFrame = 0xC2;

    /// <summary>Whether the file is a progressive JPEG that ends before its end marker.</summary>
    public static bool IsCutShort(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]))
        {
            return false;
        }

        var progressive = false;
        var rest = file[2..];
        while (true)
        {
            // Between segments there may be fill bytes, and after a scan's header its data, where FF is followed by 0 or a restart marker.
            var marker = rest.IndexOf((byte)0xFF);
            if (marker < 0 || marker + 1 >= rest.Length)
            {
                return progressive;
            }

            var kind = rest[marker + 1];
            rest = rest[(marker + 1)..];
            if (kind == EndOfImage)
            {
                return false;
            }

            if (kind is 0 or 0xFF or >= 0xD0 and <= 0xD7)
            {
                continue;
            }

            progressive |= kind == ProgressiveFrame;
            var length = rest.Length < 3 ? int.MaxValue : 1 + BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
            if (length > rest.Length)
            {
                return progressive;
            }

            rest = rest[length..];
        }
    }
}
