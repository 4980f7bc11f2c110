namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>An attribute. Its content is parsed only on demand, since most attributes aren't needed here.</summary>
internal sealed record Hdf5Attribute(string Name, ReadOnlyMemory<byte> Type, ReadOnlyMemory<byte> Space, ReadOnlyMemory<byte> Data)
{
    // The cost of a string and its place in a list.
    private const int NameCost = 64;

    private const int Cost = 256;

    /// <summary>Reads an attribute message, from a header or from a heap.</summary>
    public static Hdf5Attribute Parse(Hdf5Bytes file, ReadOnlyMemory<byte> message)
    {
        var fields = new Fields(file, message, "an attribute");
        var version = fields.Version(1, 2, 3);
        var flags = fields.Number(1);
        if (version > 1 && (flags & 3) != 0)
        {
            throw file.Foreign("its attributes share their types");
        }

        var name = fields.Number(2);
        var type = fields.Number(2);
        var space = fields.Number(2);
        fields.Skip(version == 3 ? 1 : 0);
        var text = fields.Part(Padded(name)).Text(name);
        file.Charge(Cost);
        return new Hdf5Attribute(text, fields.Bytes(Padded(type)), fields.Bytes(Padded(space)), fields.Bytes(fields.Left));

        long Padded(long length) => version == 1 ? (length + 7) & ~7 : length;
    }

    /// <summary>Returns the attribute's texts.</summary>
    /// <exception cref="PSTransferException">The attribute holds something else.</exception>
    public List<string> Strings(Hdf5Bytes file, GlobalHeap heap)
    {
        // For a layer without weights, the attribute is an empty array of float64.
        var type = Datatype.Parse(file, Type);
        var bytes = Dataspace.Parse(file, Space).Bytes(file, type.Size, Data.Length, $"the attribute {Name}");
        if (bytes == 0)
        {
            return [];
        }

        if (type.Name != Datatype.Text)
        {
            throw file.Damaged($"the attribute {Name} holds {type.Name}, expected names");
        }

        var count = bytes / type.Size;
        file.Charge(count * NameCost);
        var fields = new Fields(file, Data, $"the attribute {Name}");
        var names = new List<string>((int)count);
        for (; count > 0; count--)
        {
            names.Add(type.IsVariable ? heap.Text(fields.Part(type.Size)) : fields.Text(type.Size));
        }

        return names;
    }
}
