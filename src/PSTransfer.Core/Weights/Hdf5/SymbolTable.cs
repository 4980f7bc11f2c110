namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>The entries of an old-style group, h5py's default. A B-tree of version 1 has leaves that list names in a local heap.</summary>
internal static class SymbolTable
{
    private const int MaxLevel = 16;
    private const int EntryLength = 40;

    /// <summary>Reads all entries.</summary>
    /// <param name="file">The file.</param>
    /// <param name="message">The group's symbol table message, with the addresses of tree and heap.</param>
    public static IEnumerable<Hdf5Link> Links(Hdf5Bytes file, ReadOnlyMemory<byte> message)
    {
        var fields = new Fields(file, message, "a symbol table");
        var tree = fields.Address();
        var heap = file.Structure(fields.Address(), 32, "a local heap");
        heap.Expect("HEAP");
        heap.Version(0);
        heap.Skip(3);
        var length = heap.Number(8);
        heap.Skip(8);
        var names = file.Structure(heap.Address(), length, "a local heap").Bytes(length);
        return Entries(file, tree, names, expectedLevel: null);
    }

    private static IEnumerable<Hdf5Link> Entries(Hdf5Bytes file, long address, ReadOnlyMemory<byte> names, int? expectedLevel)
    {
        const string What = "a group's tree";
        var node = file.Structure(address, 24, What);
        node.Expect("TREE");
        node.Version(0);
        var level = (int)node.Number(1);
        var count = node.Number(2);

        // Levels must fall by one, so that a circular tree ends.
        if (level > MaxLevel || (expectedLevel is { } expected && level != expected))
        {
            throw file.Damaged($"{What} has the level {level}");
        }

        // A child stands between two keys; each key is a place in the heap.
        var children = file.Structure(address + 24, count * 16, What);
        for (; count > 0; count--)
        {
            children.Skip(8);
            var child = children.Address();
            foreach (var link in level == 0 ? Leaf(file, child, names) : Entries(file, child, names, level - 1))
            {
                yield return link;
            }
        }
    }

    private static IEnumerable<Hdf5Link> Leaf(Hdf5Bytes file, long address, ReadOnlyMemory<byte> names)
    {
        const string What = "a group's list of names";
        var node = file.Structure(address, 8, What);
        node.Expect("SNOD");
        node.Version(1);
        node.Skip(1);
        var count = node.Number(2);
        var entries = file.Structure(address + 8, count * EntryLength, What);
        for (; count > 0; count--)
        {
            file.Charge(Hdf5Link.Cost);
            var entry = entries.Part(EntryLength);
            var name = Name(file, names, entry.Number(8));
            var header = entry.Address();
            var isSoft = entry.Number(4) == 2;
            entry.Skip(4);
            yield return isSoft
                ? new Hdf5Link(name, Fields.Undefined, Hdf5Link.Soft(Name(file, names, entry.Number(4))))
                : new Hdf5Link(name, header);
        }
    }

    private static string Name(Hdf5Bytes file, ReadOnlyMemory<byte> names, long offset)
    {
        var heap = new Fields(file, names, "a local heap");
        heap.Skip(offset);
        return heap.TextToZero();
    }
}
