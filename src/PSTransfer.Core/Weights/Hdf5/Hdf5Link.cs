namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>An entry of a group.</summary>
/// <param name="Name">The entry's name.</param>
/// <param name="Address">The address of the object's header.</param>
/// <param name="Elsewhere">A description of a link to a name or into another file; such links are never followed. Null for other
/// links.</param>
internal sealed record Hdf5Link(string Name, long Address, string? Elsewhere = null)
{
    /// <summary>The memory that one link takes.</summary>
    public const int Cost = 128;

    /// <summary>Reads a link message, from a header or from a heap.</summary>
    public static Hdf5Link Parse(Hdf5Bytes file, ReadOnlyMemory<byte> message)
    {
        file.Charge(Cost);
        var fields = new Fields(file, message, "a link");
        fields.Version(1);
        var flags = fields.Number(1);
        var kind = (flags & 8) != 0 ? fields.Number(1) : 0;
        fields.Skip(((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0));
        var name = fields.Text(fields.Number(1 << (int)(flags & 3)));
        return kind switch
        {
            0 => new Hdf5Link(name, fields.Address()),
            1 => new Hdf5Link(name, Fields.Undefined, Soft(fields.Text(fields.Number(2)))),
            64 => new Hdf5Link(name, Fields.Undefined, External(fields.Part(fields.Number(2)))),
            _ => new Hdf5Link(name, Fields.Undefined, $"a link of an unknown kind ({kind})"),
        };
    }

    /// <summary>Describes a soft link by its target.</summary>
    public static string Soft(string target) => $"a soft link (to {target})";

    private static string External(Fields value)
    {
        value.Skip(1);
        return $"a link into another file ({value.TextToZero()})";
    }
}
