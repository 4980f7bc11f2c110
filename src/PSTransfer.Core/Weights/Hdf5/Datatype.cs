namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>The type of a value.</summary>
/// <param name="Name">The type by NumPy's names: float32, int64...; "string" for text.</param>
/// <param name="Size">The size of a value in bytes. For texts of variable length, this is the size of a reference.</param>
/// <param name="IsVariable">Whether the values are texts in the global heap.</param>
internal sealed record Datatype(string Name, int Size, bool IsVariable = false)
{
    /// <summary>The type's name for text of fixed or variable length.</summary>
    public const string Text = "string";

    private const int MaxSize = 1 << 20;

    // Offset and width of the number in bits, place and width of exponent and mantissa, bias.
    private static readonly (string Name, byte[] Properties)[] Floats =
    [
        ("float32", [0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]),
        ("float16", [0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0]),
        ("bfloat16", [0, 0, 16, 0, 7, 8, 0, 7, 127, 0, 0, 0]),
        ("float64", [0, 0, 64, 0, 52, 11, 0, 52, 255, 3, 0, 0]),
    ];

    /// <summary>Reads a data type message.</summary>
    public static Datatype Parse(Hdf5Bytes file, ReadOnlyMemory<byte> message)
    {
        var fields = new Fields(file, message, "a data type");
        var first = (int)fields.Number(1);
        var bits = fields.Number(3);
        var size = fields.Number(4);
        if (size is 0 or > MaxSize)
        {
            throw file.Damaged($"a data type has {size} bytes");
        }

        var order = (bits & 1) != 0 ? " (big-endian)" : string.Empty;
        return (first & 15) switch
        {
            0 => new Datatype($"{((bits & 8) != 0 ? "int" : "uint")}{size * 8}{order}", (int)size),
            1 => new Datatype(Float(size, fields) + order, (int)size),
            3 => new Datatype(Text, (int)size),
            5 => new Datatype($"opaque{size * 8}", (int)size),
            8 => new Datatype("bool or enumeration", (int)size),
            9 when (bits & 15) == 1 => new Datatype(
                Text,
                size == 16 ? 16 : throw file.Damaged($"a text of variable length is referred to by {size} bytes"),
                IsVariable: true),
            var kind => new Datatype($"HDF5's class {kind}", (int)size),
        };
    }

    private static string Float(long size, Fields fields)
    {
        var properties = fields.Bytes(12);
        var (name, known) = Floats.FirstOrDefault(known => properties.Span.SequenceEqual(known.Properties));
        return known is not null && known[2] == size * 8 ? name : $"a float of {size * 8} bits that isn't IEEE's";
    }
}
