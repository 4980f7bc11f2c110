namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>
/// Reads links or attributes that are too many for a header (libver='latest' or track_order, more than 8). A B-tree of version 2 lists
/// them, and a fractal heap holds them.
/// </summary>
internal static class DenseStorage
{
    /// <summary>Returns the link messages to which a link info message leads.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Links(Hdf5Bytes file, ReadOnlyMemory<byte> message)
    {
        var fields = new Fields(file, message, "a list of links");
        fields.Version(0);
        fields.Skip((fields.Number(1) & 1) != 0 ? 8 : 0);

        // A record consists of the name's hash and the place in the heap.
        return Messages(file, fields, TreeKind.LinkNames, record => record[4..]);
    }

    /// <summary>Returns the attribute messages to which an attribute info message leads.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Attributes(Hdf5Bytes file, ReadOnlyMemory<byte> message)
    {
        var fields = new Fields(file, message, "a list of attributes");
        fields.Version(0);
        fields.Skip((fields.Number(1) & 1) != 0 ? 2 : 0);

        // A record consists of the place in the heap, flags, the order of creation and the name's hash.
        return Messages(
            file,
            fields,
            TreeKind.AttributeNames,
            record => (record.Span[8] & 2) == 0 ? record[..8] : throw file.Foreign("its objects share attributes"));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Messages(
        Hdf5Bytes file, Fields addresses, TreeKind kind, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> place)
    {
        var heapAddress = addresses.Address();
        if (heapAddress == Fields.Undefined)
        {
            return [];
        }

        var heap = new FractalHeap(file, heapAddress);
        return BTree2.Records(file, addresses.Address(), kind).Select(record => heap.Object(place(record)));
    }
}
