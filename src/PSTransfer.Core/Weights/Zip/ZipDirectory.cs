using System.Buffers.Binary;
using System.Text;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.Zip;

/// <summary>
/// The list of members at the end of a zip archive. The framework's own reader doesn't say where a member's bytes are. That place is needed
/// to read a stored member without a copy. Format: APPNOTE.TXT, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndLength = 22;
    private const int LongestComment = ushort.MaxValue;
    private const int EntryLength = 46;
    private const int LocalLength = 30;
    private const int LocatorLength = 20;
    private const int LongEndLength = 56;

    // Room for more than 100,000 members; the largest published network has 2,000 storages.
    private const long LongestDirectory = 1 << 24;

    private readonly WeightFileHandle _archive;
    private readonly OrderedDictionary<string, Entry> _entries = [];

    /// <summary>Reads the list of members.</summary>
    /// <exception cref="PSTransferException">The file isn't a zip archive, is cut off or is damaged.</exception>
    public ZipDirectory(WeightFileHandle archive)
    {
        _archive = archive;
        var (start, length) = FindDirectory();
        if (length > LongestDirectory)
        {
            throw Damaged($"its list of members has {length} bytes, expected at most {LongestDirectory}");
        }

        for (var list = Read(start, length).AsSpan(); list.Length > 0;)
        {
            list = list[AddEntry(list)..];
        }
    }

    /// <summary>The names of the members, in the order of the archive.</summary>
    public IList<string> Names => _entries.Keys;

    /// <summary>The names of the first members and the number of the others, for an error.</summary>
    public string Summary =>
        Names.Count == 0 ? "no files" : NameList.Some(Names.Take(5).Select(Printable.Text), Names.Count);

    /// <summary>Returns the member of a name; null if there is none.</summary>
    /// <exception cref="PSTransferException">The member is encrypted, compressed by another method than deflate, or beyond the archive's
    /// end.</exception>
    public ZipMember? Find(string name) =>
        _entries.TryGetValue(name, out var entry) ? Locate(Printable.Text(name), entry) : null;

    private (long Start, long Length) FindDirectory()
    {
        var length = Math.Min(_archive.Length, EndLength + LongestComment);
        var tail = Read(_archive.Length - length, length);
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            // The comment must reach to the end of the file; otherwise these four bytes aren't the end record's signature.
            if (tail.AsSpan(at).StartsWith("PK\x05\x06"u8) && at + EndLength + UInt16(tail, at + 20) == tail.Length)
            {
                long start = UInt32(tail, at + 16), size = UInt32(tail, at + 12);
                return start == uint.MaxValue || size == uint.MaxValue
                    ? FindLongDirectory(_archive.Length - tail.Length + at)
                    : (start, size);
            }
        }

        throw Damaged("its list of members, at the end of the file, is missing; the file is cut off");
    }

    /// <summary>Finds the list of an archive with 64-bit numbers: a locator before the end record leads to a second one.</summary>
    private (long Start, long Length) FindLongDirectory(long end)
    {
        var locator = Read(end - LocatorLength, LocatorLength);
        var record = locator.AsSpan().StartsWith("PK\x06\x07"u8) ? Read(Int64(locator, 8), LongEndLength) : [];
        return record.AsSpan().StartsWith("PK\x06\x06"u8)
            ? (Int64(record, 48), Int64(record, 40))
            : throw Damaged("its list of members has no place");
    }

    /// <summary>Reads the entry at the start of the list.</summary>
    /// <returns>The length of the entry.</returns>
    private int AddEntry(ReadOnlySpan<byte> list)
    {
        if (list.Length < EntryLength || !list.StartsWith("PK\x01\x02"u8))
        {
            throw Damaged($"its list of members is broken after {_entries.Count} of them");
        }

        int nameLength = UInt16(list, 28), extraLength = UInt16(list, 30);
        var length = EntryLength + nameLength + extraLength + UInt16(list, 32);
        if (list.Length < length)
        {
            throw Damaged($"its list of members ends after {_entries.Count} of them");
        }

        var name = Encoding.UTF8.GetString(list.Slice(EntryLength, nameLength));
        long size = UInt32(list, 24), stored = UInt32(list, 20), header = UInt32(list, 42);
        ReadLongNumbers(list.Slice(EntryLength + nameLength, extraLength), ref size, ref stored, ref header);
        if (!_entries.TryAdd(name, new Entry(UInt16(list, 8), UInt16(list, 10), size, stored, header)))
        {
            throw Damaged($"it has two members {Printable.Text(name)}");
        }

        return length;
    }

    /// <summary>Reads the numbers that are too long for the entry. Only these are in one of its extra fields, in this order.</summary>
    private static void ReadLongNumbers(ReadOnlySpan<byte> extra, ref long size, ref long stored, ref long header)
    {
        while (extra.Length >= 4)
        {
            var kind = UInt16(extra, 0);
            var field = extra.Slice(4, Math.Min(extra.Length - 4, UInt16(extra, 2)));
            extra = extra[(4 + field.Length)..];
            if (kind == 1)
            {
                Take(ref field, ref size);
                Take(ref field, ref stored);
                Take(ref field, ref header);
                return;
            }
        }
    }

    private static void Take(ref ReadOnlySpan<byte> field, ref long number)
    {
        if (number == uint.MaxValue && field.Length >= sizeof(long))
        {
            number = Int64(field, 0);
            field = field[sizeof(long)..];
        }
    }

    private ZipMember Locate(string name, Entry entry)
    {
        var encrypted = (entry.Flags & 1) != 0;
        if (encrypted || entry.Method is not (ZipMember.Stored or ZipMember.Deflated))
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{_archive.Path}: {name} is {(encrypted ? "encrypted" : $"compressed by method {entry.Method}")}, "
                + "expected stored or deflated; save the file again with the framework that it comes from.",
                _archive.Path);
        }

        var local = Read(entry.Header, LocalLength);
        if (!local.AsSpan().StartsWith("PK\x03\x04"u8))
        {
            throw Damaged($"{name} isn't where its list of members says");
        }

        var start = entry.Header + LocalLength + UInt16(local, 26) + UInt16(local, 28);
        CheckRange(start, entry.StoredLength);
        return entry.Length >= 0 && (entry.Method == ZipMember.Deflated || entry.Length == entry.StoredLength)
            ? new ZipMember(name, entry.Method, start, entry.StoredLength, entry.Length)
            : throw Damaged($"{name} has {entry.Length} bytes, but {entry.StoredLength} are stored");
    }

    private byte[] Read(long start, long count)
    {
        CheckRange(start, count);
        var bytes = new byte[count];
        _archive.ReadExactly(start, bytes);
        return bytes;
    }

    private void CheckRange(long start, long count)
    {
        if (start < 0 || count < 0 || start > _archive.Length - count)
        {
            throw Damaged($"{count} bytes at byte {start} reach beyond its end at {_archive.Length}");
        }
    }

    private PSTransferException Damaged(string what) => FileFault.Damaged(_archive.Path, $"it can't be read as a zip archive: {what}");

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private readonly record struct Entry(ushort Flags, ushort Method, long Length, long StoredLength, long Header);
}
