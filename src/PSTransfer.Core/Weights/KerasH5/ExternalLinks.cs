using System.Buffers.Binary;

namespace PSTransfer.Core.Weights.KerasH5;

/// <summary>
/// Finds links into other files. The parser follows them by itself and has no switch for it: it would open whatever path the file names, and
/// of a link that leads to itself the process dies (a stack overflow that nobody can catch). Keras writes none, so a file with one is refused.
/// </summary>
internal static class ExternalLinks
{
    private const int BlockLength = 1 << 20;
    private const byte External = 64;

    // A name and a value of 64 KiB each, and the fields before them.
    private const int LongestMessage = (2 << 16) + 32;

    /// <summary>Whether there is a link message of that kind anywhere in the file. Reads the file once.</summary>
    public static bool Exist(Stream file)
    {
        var block = new byte[BlockLength + LongestMessage];
        for (long start = 0; start < file.Length; start += BlockLength)
        {
            file.Position = start;
            var length = file.ReadAtLeast(block, block.Length, throwOnEndOfStream: false);
            var end = Math.Min(length, BlockLength + 2);
            for (var at = 2; at < end; at++)
            {
                var next = block.AsSpan(at, end - at).IndexOf(External);
                if (next < 0)
                {
                    break;
                }

                at += next;
                if (IsLink(block.AsSpan(at - 2, length - at + 2)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Version 1, flags, kind; a creation order and a character set by the flags; name; value: a byte 0, then path and object, each ended by 0.</summary>
    private static bool IsLink(ReadOnlySpan<byte> message)
    {
        var flags = message[1];
        if (message[0] != 1 || (flags & 0b1110_1000) != 0b0000_1000)
        {
            return false;
        }

        var width = 1 << (flags & 3);
        var at = 3 + ((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0);
        if (message.Length < at + width)
        {
            return false;
        }

        Span<byte> size = stackalloc byte[sizeof(ulong)];
        message.Slice(at, width).CopyTo(size);
        var nameLength = BinaryPrimitives.ReadUInt64LittleEndian(size);
        at += width;
        if (nameLength > (1 << 16) || message.Length < at + (int)nameLength + sizeof(ushort))
        {
            return false;
        }

        at += (int)nameLength;
        var valueLength = BinaryPrimitives.ReadUInt16LittleEndian(message[at..]);
        at += sizeof(ushort);
        if (valueLength < 4 || message.Length < at + valueLength)
        {
            return false;
        }

        var value = message.Slice(at, valueLength);
        return value[0] == 0 && value[^1] == 0 && value[1..].Count((byte)0) == 2;
    }
}
