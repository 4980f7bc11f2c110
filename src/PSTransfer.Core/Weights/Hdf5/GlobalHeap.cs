namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>The collections of texts of variable length. Attributes refer to a text by address and number.</summary>
internal sealed class GlobalHeap(Hdf5Bytes file)
{
    private const string What = "a collection of the global heap";
    private const int EntryCost = 64;
    private readonly Dictionary<long, Dictionary<long, ReadOnlyMemory<byte>>> _collections = [];

    /// <summary>Reads the text to which a reference leads.</summary>
    /// <param name="reference">The reference's 16 bytes: length, address of the collection, number in it.</param>
    public string Text(Fields reference)
    {
        var length = reference.Number(4);
        var address = reference.Address();
        var number = reference.Number(4);
        if (length == 0)
        {
            return string.Empty;
        }

        if (!_collections.TryGetValue(address, out var collection))
        {
            _collections.Add(address, collection = Read(address));
        }

        return collection.TryGetValue(number, out var bytes)
            ? new Fields(file, bytes, What).Text(length)
            : throw file.Damaged($"{What} has no number {number}");
    }

    private Dictionary<long, ReadOnlyMemory<byte>> Read(long address)
    {
        var head = file.Structure(address, 16, What);
        head.Expect("GCOL");
        head.Version(1);
        head.Skip(3);
        var fields = file.Structure(address, head.Number(8), What);
        fields.Skip(16);
        var objects = new Dictionary<long, ReadOnlyMemory<byte>>();
        while (fields.Left >= 16)
        {
            var number = fields.Number(2);
            fields.Skip(6);
            var size = fields.Number(8);
            if (number == 0)
            {
                // The free space at the end of the collection.
                break;
            }

            file.Charge(EntryCost);
            objects[number] = fields.Bytes(size);
            fields.Skip(Math.Min(-size & 7, fields.Left));
        }

        return objects;
    }
}
