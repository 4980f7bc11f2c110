namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>
/// The bytes of an HDF5 file, which may lie inside of another file. Structures are read whole, each against the length and against a
/// budget for all of them together, so that a damaged file whose structures point at each other in a circle is read for a moment, not
/// for ever. Numbers of tensors don't count: their length was checked.
/// </summary>
/// <param name="file">Closed with this.</param>
/// <param name="member">What it is inside of that file; null for the file itself.</param>
/// <param name="start">Where it begins.</param>
/// <param name="length">How many bytes it has; checked against the file by the caller.</param>
internal sealed class Hdf5Bytes(WeightFileHandle file, string? member, long start, long length) : IDisposable
{
    // A tensor in a group of its own takes 3 KB.
    private const long SmallestBudget = 1 << 25;
    private const long LargestBudget = 1 << 27;

    // What reading even a few bytes costs.
    private const long Overhead = 128;

    private long _budget = Math.Min(SmallestBudget + (length / 8), LargestBudget);

    /// <summary>File and member, as errors name them.</summary>
    public string Name { get; } = member is null ? file.Path : $"{file.Path}: {member}";

    /// <summary>In bytes.</summary>
    public long Length => length;

    /// <summary>Reads a structure.</summary>
    /// <exception cref="PSTransferException">It reaches beyond the end, or the budget is spent.</exception>
    public Fields Structure(long address, long count, string what)
    {
        CheckRange(address, count, what);
        Charge(count + Overhead);
        var bytes = new byte[count];
        ReadExactly(address, bytes);
        return new Fields(this, bytes, what);
    }

    /// <summary>Takes from the budget what a piece of the file will cost in memory, before it is made.</summary>
    public void Charge(long bytes)
    {
        _budget -= bytes;
        if (_budget < 0)
        {
            throw Damaged("its structures are longer than those of any network (do they point at each other in a circle?)");
        }
    }

    /// <exception cref="PSTransferException">Some of these bytes aren't in the file.</exception>
    public void CheckRange(long address, long count, string what)
    {
        if (address < 0 || count < 0 || address > length - count)
        {
            throw Damaged($"{what} of {count} bytes at byte {address} reaches beyond its end at {length}");
        }
    }

    /// <summary>Fills the span with what the file has from there on.</summary>
    public void ReadExactly(long position, Span<byte> destination) => file.ReadExactly(start + position, destination);

    /// <summary>The error for what HDF5 doesn't allow.</summary>
    public PSTransferException Damaged(string what) => Wrong($"it can't be read as HDF5: {what}; download or export the file again.");

    /// <summary>The error for what HDF5 allows and Keras doesn't write.</summary>
    public PSTransferException Foreign(string what) => Wrong($"{what}; Keras doesn't write that, and it isn't read here. Save the weights again with Keras.");

    /// <summary>An error of this file.</summary>
    public PSTransferException Wrong(string what) => new(FaultKind.InvalidData, $"{Name}: {what}", file.Path);

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();
}
