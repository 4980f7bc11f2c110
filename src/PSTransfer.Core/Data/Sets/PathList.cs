using System.Collections;
using System.Runtime.InteropServices;

namespace PSTransfer.Core.Data.Sets;

/// <summary>
/// Stores the paths of files, for data sets of millions. A name takes its bytes and five more; a string would take twice its bytes and
/// thirty more. Consecutive files of one folder share its path.
/// </summary>
/// <remarks>
/// Each unit of UTF-16 is written as UTF-8 writes the character of that number (CESU-8). ASCII takes one byte. Bytes sort as ordinal
/// strings do, unlike UTF-8's above U+FFFF. Half of a surrogate pair, which Windows allows in a name, is kept unchanged.
/// </remarks>
internal sealed class PathList : IReadOnlyList<string>
{
    private const int UnitsOnStack = 256;
    private const int BytesPerUnit = 3;
    private const int BlockBytes = 1 << 14;

    /// <summary>
    /// The names, each followed by a zero, which no file system allows in a name. Blocks are used since a growing array would leave its
    /// former copies behind.
    /// </summary>
    private readonly List<byte[]> _blocks = [];
    private int _used = BlockBytes;

    /// <summary>The place where each name begins, counted over whole blocks.</summary>
    private readonly List<int> _starts = [];

    /// <summary>The folders, each with its separator at the end. A folder's first file is in the list below.</summary>
    private readonly List<string> _folders = [];
    private readonly List<int> _firsts = [];

    /// <summary>Each folder once, so that files that alternate between folders, as in a table, share the strings.</summary>
    private readonly HashSet<string> _known = [];

    public int Count => _starts.Count;

    public string this[int index]
    {
        get
        {
            var found = _firsts.BinarySearch(index);
            var name = NameAt(_starts[index]);
            var units = name.Length <= UnitsOnStack ? stackalloc char[UnitsOnStack] : new char[name.Length];
            return string.Concat(_folders[found >= 0 ? found : ~found - 1], units[..Decode(name, units)]);
        }
    }

    public void Add(string path)
    {
        var name = Path.GetFileName(path.AsSpan());
        var folder = path.AsSpan(0, path.Length - name.Length);
        if (_folders.Count == 0 || !folder.SequenceEqual(_folders[^1]))
        {
            if (!_known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(folder, out var kept))
            {
                kept = folder.ToString();
                _known.Add(kept);
            }

            _folders.Add(kept);
            _firsts.Add(Count);
        }

        if (_used + (BytesPerUnit * name.Length) + 1 > BlockBytes)
        {
            _blocks.Add(new byte[Math.Max(BlockBytes, (BytesPerUnit * name.Length) + 1)]);
            _used = 0;
        }

        _starts.Add(checked(((_blocks.Count - 1) * BlockBytes) + _used));
        _used += Encode(name, _blocks[^1].AsSpan(_used)) + 1;
    }

    /// <summary>Sorts the files of the last file's folder by name, ordinally.</summary>
    public void SortLastFolder()
    {
        if (Count > 0)
        {
            CollectionsMarshal.AsSpan(_starts)[_firsts[^1]..].Sort((one, other) => NameAt(one).SequenceCompareTo(NameAt(other)));
        }
    }

    public IEnumerator<string> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ReadOnlySpan<byte> NameAt(int start)
    {
        ReadOnlySpan<byte> rest = _blocks[start / BlockBytes].AsSpan(start % BlockBytes);
        return rest[..rest.IndexOf((byte)0)];
    }

    /// <returns>The number of bytes of the name.</returns>
    private static int Encode(ReadOnlySpan<char> name, Span<byte> bytes)
    {
        var count = 0;
        foreach (var unit in name)
        {
            if (unit < 0x80)
            {
                bytes[count++] = (byte)unit;
                continue;
            }

            if (unit < 0x800)
            {
                bytes[count++] = (byte)(0xC0 | (unit >> 6));
            }
            else
            {
                bytes[count++] = (byte)(0xE0 | (unit >> 12));
                bytes[count++] = (byte)(0x80 | ((unit >> 6) & 0x3F));
            }

            bytes[count++] = (byte)(0x80 | (unit & 0x3F));
        }

        return count;
    }

    /// <returns>The number of units of the name.</returns>
    private static int Decode(ReadOnlySpan<byte> name, Span<char> units)
    {
        var count = 0;
        for (var at = 0; at < name.Length;)
        {
            var first = name[at++];
            units[count++] = first switch
            {
                < 0x80 => (char)first,
                < 0xE0 => (char)(((first & 0x1F) << 6) | (name[at++] & 0x3F)),
                _ => (char)(((first & 0x0F) << 12) | ((name[at++] & 0x3F) << 6) | (name[at++] & 0x3F)),
            };
        }

        return count;
    }
}
