using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PSTransfer.Core.Weights.Safetensors;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// The directory of a zip archive whose entries lie in it as they are, so that they can be read in place. Nothing is unpacked: a compressed
/// entry is refused. Format: PKWARE's APPNOTE.TXT, with its 64-bit fields.
/// </summary>
internal sealed class ZipDirectory
{
    private const int MaxLength = 1 << 26;
    private const int EndLength = 22;
    private const int LongestComment = ushort.MaxValue;
    private const int EntryLength = 46;
    private const int LocalLength = 30;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly OrderedDictionary<string, Entry> _entries = [];

    private ZipDirectory(SafeFileHandle file)
    {
        _file = file;
        _length = RandomAccess.GetLength(file);
        var (start, size) = FindDirectory();
        if (size > MaxLength)
        {
            throw Damaged($"its list of entries has {size} bytes, more than {MaxLength}");
        }

        for (var list = Read(start, size).AsSpan(); list.Length > 0;)
        {
            list = list[ReadEntry(list)..];
        }
    }

    /// <summary>The names of the entries, in the archive's order.</summary>
    public IEnumerable<string> Names => _entries.Keys;

    /// <exception cref="InvalidDataException">The archive is damaged.</exception>
    public static ZipDirectory Read(SafeFileHandle file) => new(file);

    /// <summary>Where the bytes of an entry are; null when there is no such entry.</summary>
    /// <exception cref="InvalidDataException">It is compressed or encrypted, or reaches beyond the file.</exception>
    public (long Start, long Length)? Find(string name)
    {
        if (!_entries.TryGetValue(name, out var entry))
        {
            return null;
        }

        if (entry.Method != 0 || (entry.Flags & 1) != 0 || entry.Stored != entry.Size)
        {
            throw new InvalidDataException(
                $"{SafetensorsFile.Printable(name)} is {((entry.Flags & 1) != 0 ? "encrypted" : "compressed")} in the archive; torch.save stores it as it is. Load the file with PyTorch and save it again");
        }

        var local = Read(entry.Offset, LocalLength);
        if (!local.AsSpan().StartsWith("PK\x03\x04"u8))
        {
            throw Damaged($"{SafetensorsFile.Printable(name)} is not where its list of entries says");
        }

        var start = entry.Offset + LocalLength + UInt16(local, 26) + UInt16(local, 28);
        return entry.Size <= _length - start
            ? (start, entry.Size)
            : throw Damaged($"{SafetensorsFile.Printable(name)} would end after the file's {_length} bytes");
    }

    private (long Start, long Size) FindDirectory()
    {
        var tail = Read(Math.Max(0, _length - EndLength - LongestComment), Math.Min(_length, EndLength + LongestComment));
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            // The comment reaches to the end of the file; otherwise these four bytes are something else.
            if (tail.AsSpan(at).StartsWith("PK\x05\x06"u8) && at + EndLength + UInt16(tail, at + 20) == tail.Length)
            {
                var end = _length - tail.Length + at;
                return Long(end) ?? (UInt32(tail, at + 16), UInt32(tail, at + 12));
            }
        }

        throw Damaged("its list of entries is missing: the file is cut off");
    }

    /// <summary>The same in 64 bits, which a record before the end leads to.</summary>
    private (long Start, long Size)? Long(long end)
    {
        const int LocatorLength = 20;
        if (end < LocatorLength || Read(end - LocatorLength, LocatorLength) is var locator && !locator.AsSpan().StartsWith("PK\x06\x07"u8))
        {
            return null;
        }

        var record = Read(Int64(locator, 8), 56);
        return record.AsSpan().StartsWith("PK\x06\x06"u8) ? (Int64(record, 48), Int64(record, 40)) : throw Damaged("its list of entries is not where it says");
    }

    /// <summary>Takes an entry from the list's start and says how long it was.</summary>
    private int ReadEntry(ReadOnlySpan<byte> list)
    {
        if (list.Length < EntryLength || !list.StartsWith("PK\x01\x02"u8))
        {
            throw Damaged("its list of entries is not one");
        }

        int nameLength = UInt16(list, 28), extraLength = UInt16(list, 30);
        var length = EntryLength + nameLength + extraLength + UInt16(list, 32);
        if (length > list.Length)
        {
            throw Damaged("its list of entries ends within one");
        }

        var name = Encoding.UTF8.GetString(list.Slice(EntryLength, nameLength));
        long size = UInt32(list, 24), stored = UInt32(list, 20), offset = UInt32(list, 42);
        ReadLongNumbers(list.Slice(EntryLength + nameLength, extraLength), ref size, ref stored, ref offset);
        if (!_entries.TryAdd(name, new Entry(UInt16(list, 10), UInt16(list, 8), size, stored, offset)))
        {
            throw Damaged($"it has two entries {SafetensorsFile.Printable(name)}");
        }

        return length;
    }

    /// <summary>Numbers of 64 bits, for those that don't fit their field of 32, in this order.</summary>
    private static void ReadLongNumbers(ReadOnlySpan<byte> extra, ref long size, ref long stored, ref long offset)
    {
        while (extra.Length >= 4)
        {
            int kind = UInt16(extra, 0), length = UInt16(extra, 2);
            extra = extra[4..];
            if (length > extra.Length)
            {
                return;
            }

            if (kind == 1)
            {
                var numbers = extra[..length];
                Take(ref numbers, ref size);
                Take(ref numbers, ref stored);
                Take(ref numbers, ref offset);
            }

            extra = extra[length..];
        }
    }

    private static void Take(ref ReadOnlySpan<byte> numbers, ref long number)
    {
        if (number == uint.MaxValue && numbers.Length >= sizeof(long))
        {
            number = Int64(numbers, 0);
            numbers = numbers[sizeof(long)..];
        }
    }

    private byte[] Read(long position, long count)
    {
        if (position < 0 || count < 0 || position > _length - count)
        {
            throw Damaged($"it points to {count} bytes at {position}, outside of the file's {_length}");
        }

        var bytes = new byte[count];
        for (var filled = 0; filled < bytes.Length;)
        {
            var more = RandomAccess.Read(_file, bytes.AsSpan(filled), position + filled);
            filled += more > 0 ? more : throw Damaged("it was cut short while it was being read");
        }

        return bytes;
    }

    private static InvalidDataException Damaged(string what) => new($"the zip archive is damaged: {what}; download or export the file again");

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private readonly record struct Entry(ushort Method, ushort Flags, long Size, long Stored, long Offset);
}
