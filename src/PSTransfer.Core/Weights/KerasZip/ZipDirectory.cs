using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PSTransfer.Core.Weights.Safetensors;

namespace PSTransfer.Core.Weights.KerasZip;

/// <summary>
/// The list of members at the end of a zip archive. The framework's own reader doesn't tell where a member's bytes are, which is needed to
/// read a stored one in place. Format: APPNOTE.TXT, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndLength = 22;
    private const int LongestComment = ushort.MaxValue;
    private const int EntryLength = 46;
    private const int LocalLength = 30;

    // A .keras file has three members, and one for each of the assets.
    private const long LongestDirectory = 1 << 24;

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly long _length;

    /// <summary>Reads the list.</summary>
    /// <exception cref="PSTransferException">It isn't a zip archive, is cut off or damaged.</exception>
    public ZipDirectory(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
        _length = RandomAccess.GetLength(handle);
        var (start, length) = FindDirectory();
        Entries = [.. ReadEntries(start, length)];
    }

    /// <summary>Names of all members, in the order of the archive, each with its entry.</summary>
    private List<(string Name, byte[] Entry)> Entries { get; }

    /// <summary>The names of the first members and how many there are, for an error.</summary>
    public string Summary =>
        Entries.Count == 0 ? "no files" : $"{string.Join(", ", Entries.Take(5).Select(entry => SafetensorsFile.Printable(entry.Name)))}{(Entries.Count > 5 ? $" and {Entries.Count - 5} more" : string.Empty)}";

    /// <summary>The member of that name; null when there is none.</summary>
    /// <exception cref="PSTransferException">There are two, or it is encrypted, compressed in another way, or beyond the archive's end.</exception>
    public ZipMember? Find(string name)
    {
        var found = Entries.Where(entry => entry.Name == name).ToList();
        return found switch
        {
            [] => null,
            [var (_, entry)] => Locate(name, entry),
            _ => throw Damaged($"it has {found.Count} members named {name}"),
        };
    }

    private (long Start, long Length) FindDirectory()
    {
        var tail = Read(Math.Max(0, _length - EndLength - LongestComment), Math.Min(_length, EndLength + LongestComment));
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (end.StartsWith("PK\x05\x06"u8) && BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) == end.Length - EndLength)
            {
                long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
                long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
                return length == uint.MaxValue || start == uint.MaxValue ? FindLongDirectory(_length - (tail.Length - at)) : (start, length);
            }
        }

        throw FileSignature.Describe(tail.AsSpan(0, _length == tail.Length ? Math.Min(tail.Length, FileSignature.Length) : 0)) is { } kind && !kind.StartsWith("a zip", StringComparison.Ordinal)
            ? Wrong($"expected a Keras .keras file (a zip archive), found {kind}; give the file in the right format.")
            : Damaged("it isn't a zip archive, or it is cut off: its list of members, at the end of the file, is missing");
    }

    /// <summary>Where the archive has numbers of 64 bits: a locator before the end's record leads to another.</summary>
    private (long Start, long Length) FindLongDirectory(long end)
    {
        var locator = Read(end - 20, 20);
        if (!locator.AsSpan().StartsWith("PK\x06\x07"u8))
        {
            throw Damaged("its list of members has no place");
        }

        var record = Read(BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8)), 56);
        return record.AsSpan().StartsWith("PK\x06\x06"u8)
            ? (BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48)), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40)))
            : throw Damaged("its list of members has no place");
    }

    private IEnumerable<(string Name, byte[] Entry)> ReadEntries(long start, long length)
    {
        if (length > LongestDirectory)
        {
            throw Damaged($"its list of members has {length} bytes, expected at most {LongestDirectory}");
        }

        var directory = Read(start, length);
        for (var at = 0; at < directory.Length;)
        {
            var entry = directory.AsSpan(at);
            if (entry.Length < EntryLength || !entry.StartsWith("PK\x01\x02"u8))
            {
                throw Damaged($"its list of members is broken at byte {start + at}");
            }

            int name = BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]);
            int extra = BinaryPrimitives.ReadUInt16LittleEndian(entry[30..]);
            int comment = BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]);
            var whole = EntryLength + name + extra + comment;
            if (entry.Length < whole)
            {
                throw Damaged($"its list of members is broken at byte {start + at}");
            }

            yield return (Encoding.UTF8.GetString(entry.Slice(EntryLength, name)), entry[..whole].ToArray());
            at += whole;
        }
    }

    private ZipMember Locate(string name, byte[] entry)
    {
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(entry.AsSpan(8));
        int method = BinaryPrimitives.ReadUInt16LittleEndian(entry.AsSpan(10));
        if ((flags & 1) != 0 || method is not (ZipMember.Stored or ZipMember.Deflated))
        {
            throw Wrong($"{name} is {((flags & 1) != 0 ? "encrypted" : $"compressed by method {method}")}, expected stored or deflated; save the model again with Keras.");
        }

        Span<long> numbers =
        [
            BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(24)),
            BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(20)),
            BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(42)),
        ];
        Widen(entry, numbers);
        var (length, stored, header) = (numbers[0], numbers[1], numbers[2]);
        var local = Read(header, LocalLength);
        if (!local.AsSpan().StartsWith("PK\x03\x04"u8))
        {
            throw Damaged($"{name} isn't where its list of members says");
        }

        var start = header + LocalLength + BinaryPrimitives.ReadUInt16LittleEndian(local.AsSpan(26)) + BinaryPrimitives.ReadUInt16LittleEndian(local.AsSpan(28));
        CheckRange(start, stored);
        return length >= 0 && (method == ZipMember.Deflated || length == stored)
            ? new ZipMember(name, method, start, stored, length)
            : throw Damaged($"{name} has {length} bytes, but {stored} are stored");
    }

    /// <summary>Numbers that are too long for the entry stand in its extra field, those alone and in this order.</summary>
    private static void Widen(ReadOnlySpan<byte> entry, Span<long> numbers)
    {
        var extra = entry.Slice(EntryLength + BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]), BinaryPrimitives.ReadUInt16LittleEndian(entry[30..]));
        while (extra.Length >= 4)
        {
            var field = extra[4..];
            field = field[..Math.Min(field.Length, BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]))];
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == 1)
            {
                foreach (ref var number in numbers)
                {
                    if (number == uint.MaxValue && field.Length >= 8)
                    {
                        number = BinaryPrimitives.ReadInt64LittleEndian(field);
                        field = field[8..];
                    }
                }

                return;
            }

            extra = extra[(4 + field.Length)..];
        }
    }

    private byte[] Read(long start, long count)
    {
        CheckRange(start, count);
        var bytes = new byte[count];
        for (var at = 0; at < bytes.Length;)
        {
            var some = RandomAccess.Read(_handle, bytes.AsSpan(at), start + at);
            at += some > 0 ? some : throw Damaged("it was cut short while it was being read");
        }

        return bytes;
    }

    private void CheckRange(long start, long count)
    {
        if (start < 0 || count < 0 || start > _length - count)
        {
            throw Damaged($"{count} bytes at byte {start} reach beyond its end at {_length}");
        }
    }

    private PSTransferException Damaged(string what) => Wrong($"it can't be read as a zip archive: {what}; download or export the file again.");

    private PSTransferException Wrong(string what) => new(FaultKind.InvalidData, $"{_path}: {what}", _path);
}
