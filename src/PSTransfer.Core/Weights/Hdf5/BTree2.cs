namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>The content that a B-tree of version 2 lists.</summary>
internal enum TreeKind
{
    LinkNames = 5,
    AttributeNames = 8,
}

/// <summary>A B-tree of version 2. Every node holds records; the widths of a node's fields follow from the node's size.</summary>
internal static class BTree2
{
    private const string What = "a list's tree";
    private const int MaxDepth = 8;

    // The size of a node's signature, version, kind and checksum.
    private const int NodeOverhead = 10;

    /// <summary>Returns all records, in the order of the tree.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Records(Hdf5Bytes file, long address, TreeKind kind)
    {
        var header = file.Structure(address, 38, What);
        header.Expect("BTHD");
        header.Version(0);
        header.Version((int)kind);
        var nodeSize = header.Number(4);
        var recordSize = (int)header.Number(2);
        var depth = (int)header.Number(2);
        header.Skip(2);
        var root = header.Address();
        var count = header.Number(2);
        if (depth > MaxDepth || recordSize < (kind == TreeKind.LinkNames ? 11 : 17) || nodeSize < NodeOverhead + recordSize)
        {
            throw file.Damaged($"{What} has {depth} levels of nodes of {nodeSize} bytes for records of {recordSize}");
        }

        return count == 0 ? [] : Node(file, kind, root, count, recordSize, depth, Widths(nodeSize, recordSize, depth));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Node(
        Hdf5Bytes file, TreeKind kind, long address, long count, int recordSize, int depth, (int Count, int Total)[] widths)
    {
        var child = depth == 0 ? 0 : 8 + widths[depth].Count + widths[depth].Total;
        var node = file.Structure(address, NodeOverhead - 4 + (count * recordSize) + ((count + 1) * child), What);
        node.Expect(depth == 0 ? "BTLF" : "BTIN");
        node.Version(0);
        node.Version((int)kind);
        var records = node.Part(count * recordSize);
        for (; count > 0; count--)
        {
            yield return records.Bytes(recordSize);
        }

        while (child > 0 && node.Left > 0)
        {
            var next = node.Address();
            var inside = node.Number(widths[depth].Count);
            node.Skip(widths[depth].Total);
            foreach (var record in Node(file, kind, next, inside, recordSize, depth - 1, widths))
            {
                yield return record;
            }
        }
    }

    /// <summary>
    /// Computes, for each level, the width of two fields: the number of a child's records, and the number of all records below it.
    /// </summary>
    private static (int Count, int Total)[] Widths(long nodeSize, int recordSize, int depth)
    {
        var widths = new (int Count, int Total)[depth + 1];
        var most = (nodeSize - NodeOverhead) / recordSize;
        var total = (UInt128)most;
        for (var level = 1; level <= depth; level++)
        {
            widths[level] = (Width((UInt128)most), level == 1 ? 0 : Width(total));
            var child = 8 + widths[level].Count + widths[level].Total;
            most = Math.Max(0, nodeSize - NodeOverhead - child) / (recordSize + child);

            // No file has 2^64 records; the bound keeps the product in range.
            total = UInt128.Min((((UInt128)most + 1) * total) + (UInt128)most, ulong.MaxValue);
        }

        return widths;
    }

    private static int Width(UInt128 most) => most == 0 ? 1 : ((int)UInt128.Log2(most) / 8) + 1;
}
