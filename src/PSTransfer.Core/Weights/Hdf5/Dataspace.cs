using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>The shape of a dataset or an attribute.</summary>
/// <param name="Shape">The dimensions; none for a single value.</param>
internal sealed record Dataspace(IReadOnlyList<long> Shape)
{
    // The format's own limit.
    private const int MaxRank = 32;

    /// <summary>Reads a dataspace message.</summary>
    public static Dataspace Parse(Hdf5Bytes file, ReadOnlyMemory<byte> message)
    {
        var fields = new Fields(file, message, "a dataspace");
        var version = fields.Version(1, 2);
        var rank = fields.Number(1);
        fields.Skip(1);
        if (rank > MaxRank)
        {
            throw file.Damaged($"a dataspace has {rank} dimensions");
        }

        if (version == 1)
        {
            fields.Skip(5);
        }
        else if (fields.Number(1) == 2)
        {
            // The null dataspace: no value at all.
            return new Dataspace([0]);
        }

        return new Dataspace([.. Enumerable.Range(0, (int)rank).Select(_ => fields.Number(8))]);
    }

    /// <summary>Returns the number of bytes that the values take, if it is within the limit.</summary>
    /// <exception cref="PSTransferException">The values take more than the limit.</exception>
    public long Bytes(Hdf5Bytes file, long valueSize, long limit, string what)
    {
        // Even in a shape without values, the other dimensions must be bounded, since later code multiplies them.
        var isEmpty = Shape.Contains(0);
        var bytes = valueSize;
        var most = isEmpty ? Math.Max(valueSize, file.Length) : limit;
        foreach (var size in Shape.Select(size => Math.Max(1, size)))
        {
            if (bytes > most / size)
            {
                throw file.Damaged($"{what} has the shape {Printable.Shape(Shape)}, more than the {limit} bytes there are");
            }

            bytes *= size;
        }

        return isEmpty ? 0 : bytes <= limit ? bytes : throw file.Damaged($"{what} takes {bytes} bytes, but there are {limit}");
    }
}
