namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>
/// The bytes of an HDF5 file, which may lie inside another file. Structures are read whole, and each is checked against the length. A
/// budget bounds all structures together. So a damaged file whose structures point at each other in a circle is read for a moment, not for
/// ever. Tensors' numbers don't count, since their length was checked.
/// </summary>
/// <param name="file">The file, closed together with this object.</param>
/// <param name="member">The HDF5 file's name inside that file; null for the file itself.</param>
/// <param name="start">The position of the first byte.</param>
/// <param name="length">The number of bytes, checked against the file by the caller.</param>
internal sealed class Hdf5Bytes(WeightFileHandle file, string? member, long start, long length) : IDisposable
{
    // A tensor in a group of its own takes 3 KB.
    private const long SmallestBudget = 1 << 25;
    private const long LargestBudget = 1 << 27;

    // The cost of reading even a few bytes.
    private const long Overhead = 128;

    private long _budget = Math.Min(SmallestBudget + (length / 8), LargestBudget);

    /// <summary>The names of file and member, as errors show them.</summary>
    public string Name { get; } = member is null ? file.Path : $"{file.Path}: {member}";

    /// <summary>The length in bytes.</summary>
    public long Length => length;

    /// <summary>Reads a structure from the file.</summary>
    /// <exception cref="PSTransferException">The structure reaches beyond the end, or the budget is spent.</exception>
    public Fields Structure(long address, long count, string what)
    {
        CheckRange(address, count, what);
        Charge(count + Overhead);
        var bytes = new byte[count];
        ReadExactly(address, bytes);
        return new Fields(this, bytes, what);
    }

    /// <summary>Takes from the budget what a piece of the file will cost in memory, before the memory is allocated.</summary>
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

    /// <summary>Fills the span with the file's bytes from a position on.</summary>
    public void ReadExactly(long position, Span<byte> destination) => file.ReadExactly(start + position, destination);

    /// <summary>The error for content that HDF5 doesn't allow.</summary>
    public PSTransferException Damaged(string what) => Wrong($"it can't be read as HDF5: {what}; download or export the file again.");

    /// <summary>The error for content that HDF5 allows and Keras doesn't write.</summary>
    public PSTransferException Foreign(string what) =>
        Wrong($"{what}; Keras doesn't write that, and it isn't read here. Save the weights again with Keras.");

    /// <summary>An error of this file.</summary>
    public PSTransferException Wrong(string what) => new(FaultKind.InvalidData, $"{Name}: {what}", file.Path);

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();
}
