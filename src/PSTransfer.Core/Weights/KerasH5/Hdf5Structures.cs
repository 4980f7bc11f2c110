using System.Text;
using PSTransfer.Core.Weights.Hdf5;

namespace PSTransfer.Core.Weights.KerasH5;

/// <summary>
/// Builds the structures of an HDF5 file that every version of the library reads: superblock 0, object headers 1, groups as symbol tables.
/// The structures follow each other from a given address on. Layouts: HDF5 File Format Specification 3.0.
/// </summary>
internal sealed class Hdf5Structures : IDisposable
{
    /// <summary>The number of bytes at the file's start that <see cref="Superblock"/> fills.</summary>
    public const int SuperblockLength = 96;

    // The library's defaults: a leaf of a group's tree has up to 8 links, a node up to 32 children.
    private const int LeafK = 4;
    private const int NodeK = 16;
    private const int LinkLength = 40;
    private const int LeafLength = 8 + (2 * LeafK * LinkLength);
    private const int NodeLength = 24 + (((4 * NodeK) + 1) * sizeof(long));
    private const long Undefined = -1;

    private readonly long _start;
    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;

    /// <param name="start">The address of the first structure, a multiple of 8.</param>
    public Hdf5Structures(long start)
    {
        _start = start;
        _writer = new BinaryWriter(_bytes);
    }

    private long Address => _start + _bytes.Length;

    /// <summary>Adds the header of a dataset of contiguous float32 numbers.</summary>
    /// <returns>The header's address.</returns>
    public long AddDataset(IReadOnlyList<long> shape, long position)
    {
        var length = shape.Aggregate((long)sizeof(float), (product, size) => product * size);
        return AddHeader(
        [
            (MessageKind.Dataspace, Dataspace(shape)),
            (MessageKind.Datatype, Float32()),
            (MessageKind.FillValue, [2, 2, 2, 1, 0, 0, 0, 0]),
            (MessageKind.Layout, Bytes(w =>
            {
                w.Write((byte)3);
                w.Write((byte)1);
                w.Write(length == 0 ? Undefined : position);
                w.Write(length);
            })),
        ]);
    }

    /// <summary>Adds a group: its names, its tree and its header.</summary>
    /// <param name="links">The names, without slash or end, each with the address of a header.</param>
    /// <param name="attributes">The attributes, from <see cref="ListAttribute"/> and <see cref="TextAttribute"/>.</param>
    public GroupPlace AddGroup(IEnumerable<(byte[] Name, long Header)> links, IEnumerable<byte[]> attributes)
    {
        List<(byte[] Name, long Header)> sorted = [.. links];
        sorted.Sort((one, other) => one.Name.AsSpan().SequenceCompareTo(other.Name));
        var (heap, names) = AddHeap(sorted.ConvertAll(link => link.Name));
        var tree = AddTree(sorted.Select((link, i) => (Name: names[i], link.Header)));
        var header = AddHeader(
        [
            (MessageKind.SymbolTable, Bytes(w =>
            {
                w.Write(tree);
                w.Write(heap);
            })),
            .. attributes.Select(attribute => (MessageKind.Attribute, attribute)),
        ]);
        return new GroupPlace(header, tree, heap);
    }

    /// <summary>
    /// Returns an attribute of byte strings of one width. A list without members is an empty list of float64, as h5py writes it.
    /// </summary>
    public static byte[] ListAttribute(string name, ReadOnlySpan<byte[]> values, int width)
    {
        var data = new byte[values.Length * width];
        for (var i = 0; i < values.Length; i++)
        {
            values[i].CopyTo(data, i * width);
        }

        return Attribute(name, values.IsEmpty ? Float64() : Text(width), Dataspace([values.Length]), data);
    }

    /// <summary>Returns an attribute of one byte string.</summary>
    public static byte[] TextAttribute(string name, string value) =>
        Attribute(name, Text(Encoding.UTF8.GetByteCount(value)), Dataspace([]), Encoding.UTF8.GetBytes(value));

    /// <summary>Returns the file's first bytes. Call this after all structures have been added.</summary>
    public byte[] Superblock(GroupPlace root) => Bytes(w =>
    {
        w.Write([0x89, .. "HDF\r\n\x1a\n"u8]);
        w.Write([0, 0, 0, 0, 0, sizeof(long), sizeof(long), 0]);
        w.Write((ushort)LeafK);
        w.Write((ushort)NodeK);
        w.Write(0);
        w.Write(0L);
        w.Write(Undefined);
        w.Write(Address);
        w.Write(Undefined);
        w.Write(0L);
        w.Write(root.Header);
        w.Write(1L);
        w.Write(root.Tree);
        w.Write(root.Heap);
    });

    public void CopyTo(Stream stream) => _bytes.WriteTo(stream);

    public void Dispose() => _writer.Dispose();

    private long AddHeader(IReadOnlyList<(MessageKind Kind, byte[] Content)> messages)
    {
        var address = Address;
        _writer.Write((ushort)1);
        _writer.Write((ushort)messages.Count);
        _writer.Write(1);
        _writer.Write((long)messages.Sum(message => 8 + Padded(message.Content).Length));
        foreach (var (kind, content) in messages)
        {
            var padded = Padded(content);
            _writer.Write((ushort)kind);
            _writer.Write(checked((ushort)padded.Length));
            _writer.Write(0);
            _writer.Write(padded);
        }

        return address;
    }

    /// <summary>Adds the names of a group, each ended by 0, after an empty name that sorts before all others.</summary>
    private (long Address, List<long> Offsets) AddHeap(List<byte[]> names)
    {
        var offsets = new List<long>();
        var data = Bytes(w =>
        {
            w.Write(0L);
            foreach (var name in names)
            {
                offsets.Add(w.BaseStream.Position);
                w.Write(Padded([.. name, 0]));
            }
        });
        const int HeaderLength = 32;
        const long NothingFree = 1;
        var address = Address;
        _writer.Write("HEAP"u8);
        _writer.Write(0);
        _writer.Write((long)data.Length);
        _writer.Write(NothingFree);
        _writer.Write(address + HeaderLength);
        _writer.Write(data);
        return (address, offsets);
    }

    /// <summary>
    /// Adds a B-tree from its leaves up: leaves of links, then nodes of leaves, then nodes of nodes, until one node is left.
    /// </summary>
    /// <returns>The address of the last node.</returns>
    private long AddTree(IEnumerable<(long Name, long Header)> links)
    {
        List<(long Address, long LastName)> children = [.. links.Chunk(2 * LeafK).Select(leaf => (AddLeaf(leaf), leaf[^1].Name))];
        for (byte level = 0; ; level++)
        {
            (long Address, long LastName)[][] nodes = children.Count == 0 ? [[]] : [.. children.Chunk(2 * NodeK)];
            var first = Address;
            long lastName = 0;
            for (var i = 0; i < nodes.Length; i++)
            {
                var left = i == 0 ? Undefined : first + ((i - 1) * NodeLength);
                var right = i == nodes.Length - 1 ? Undefined : first + ((i + 1) * NodeLength);
                AddNode(level, nodes[i], left, right, lastName);
                lastName = nodes[i] is [.., var last] ? last.LastName : 0;
            }

            if (nodes.Length == 1)
            {
                return first;
            }

            children = [.. nodes.Select((node, i) => (first + (i * NodeLength), node[^1].LastName))];
        }
    }

    private long AddLeaf((long Name, long Header)[] links)
    {
        var address = Address;
        _writer.Write("SNOD"u8);
        _writer.Write((ushort)1);
        _writer.Write((ushort)links.Length);
        foreach (var (name, header) in links)
        {
            _writer.Write(name);
            _writer.Write(header);
            _writer.Write(new byte[LinkLength - (2 * sizeof(long))]);
        }

        PadTo(address + LeafLength);
        return address;
    }

    /// <summary>Adds a node of children, with the last name before each child and after the last one.</summary>
    private void AddNode(byte level, (long Address, long LastName)[] children, long left, long right, long nameBefore)
    {
        var address = Address;
        _writer.Write("TREE"u8);
        _writer.Write((byte)0);
        _writer.Write(level);
        _writer.Write((ushort)children.Length);
        _writer.Write(left);
        _writer.Write(right);
        _writer.Write(nameBefore);
        foreach (var (child, lastName) in children)
        {
            _writer.Write(child);
            _writer.Write(lastName);
        }

        PadTo(address + NodeLength);
    }

    private void PadTo(long address) => _writer.Write(new byte[address - Address]);

    private static byte[] Attribute(string name, byte[] type, byte[] space, byte[] data) => Bytes(w =>
    {
        byte[] ended = [.. Encoding.UTF8.GetBytes(name), 0];
        w.Write((ushort)1);
        w.Write((ushort)ended.Length);
        w.Write((ushort)type.Length);
        w.Write((ushort)space.Length);
        w.Write(Padded(ended));
        w.Write(Padded(type));
        w.Write(Padded(space));
        w.Write(data);
    });

    private static byte[] Dataspace(IReadOnlyList<long> shape) => Bytes(w =>
    {
        w.Write([1, (byte)shape.Count, 0, 0, 0, 0, 0, 0]);
        foreach (var size in shape)
        {
            w.Write(size);
        }
    });

    /// <summary>The data type of bytes padded with 0, declared as ASCII, like NumPy's S.</summary>
    private static byte[] Text(int width) => [0x13, 1, 0, 0, .. BitConverter.GetBytes(width)];

    // Little-endian, highest mantissa bit implied, the sign's bit; size; first bit and number of bits; exponent, mantissa; bias.
    private static byte[] Float32() => [0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0];

    private static byte[] Float64() => [0x11, 0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xFF, 3, 0, 0];

    private static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 7]];

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        write(writer);
        return bytes.ToArray();
    }

    /// <summary>The addresses of a group's parts.</summary>
    /// <param name="Header">The address of the group's header, to which links lead.</param>
    /// <param name="Tree">The address of the group's tree.</param>
    /// <param name="Heap">The address of the group's names.</param>
    public readonly record struct GroupPlace(long Header, long Tree, long Heap);
}
