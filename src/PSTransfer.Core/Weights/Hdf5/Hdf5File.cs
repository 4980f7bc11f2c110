using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>
/// Reads those parts of HDF5 that h5py writes for Keras. The reader never opens another file and follows no link to a name. Unknown
/// structures are refused with an error. Format: HDF5 File Format Specification Version 3.0, https://docs.hdfgroup.org.
/// </summary>
internal sealed class Hdf5File : IDisposable
{
    private const string What = "the superblock";
    private const int LongestSuperblock = 100;
    private readonly Dictionary<long, Hdf5Object> _objects = [];

    /// <summary>Reads the superblock.</summary>
    /// <exception cref="PSTransferException">The file isn't HDF5, or is shorter than its header says.</exception>
    public Hdf5File(Hdf5Bytes bytes)
    {
        Bytes = bytes;
        Heap = new GlobalHeap(bytes);
        Root = Object(RootAddress(), "/");
    }

    /// <summary>The file's bytes.</summary>
    public Hdf5Bytes Bytes { get; }

    /// <summary>The file's texts of variable length.</summary>
    public GlobalHeap Heap { get; }

    /// <summary>The group at the top.</summary>
    public Hdf5Object Root { get; }

    /// <summary>Returns the object whose header is at an address; every link to it returns the same object.</summary>
    public Hdf5Object Object(long address, string path)
    {
        if (!_objects.TryGetValue(address, out var found))
        {
            _objects.Add(address, found = new Hdf5Object(this, address, path));
        }

        return found;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => Bytes.Dispose();

    private long RootAddress()
    {
        var length = Bytes.Length;
        var fields = Bytes.Structure(0, Math.Min(LongestSuperblock, length), What);
        if (!FileSignature.IsHdf5(fields.Rest))
        {
            var found = length == 0 ? "an empty file" : FileSignature.Describe(fields.Rest) ?? "something else";
            throw Bytes.Wrong(
                $"expected an HDF5 file (Keras' .h5), found {found}; give the file in the right format, or download it again.");
        }

        fields.Skip(8);
        var version = fields.Version(0, 1, 2, 3);
        fields.Skip(version < 2 ? 4 : 0);
        if (fields.Number(1) != 8 || fields.Number(1) != 8)
        {
            throw Bytes.Foreign("its addresses have fewer than 8 bytes");
        }

        fields.Skip(version switch { 0 => 9, 1 => 13, _ => 1 });
        if (fields.Address() != 0)
        {
            throw Bytes.Foreign("it doesn't begin at the start of the file");
        }

        fields.Skip(8);
        var end = fields.Address();
        if (end > length)
        {
            throw Bytes.Wrong($"the file is cut off: by its header it has {end} bytes, found {length}; download or export it again.");
        }

        // The older versions name a driver, and describe the root by an entry of a group: name, address.
        fields.Skip(version < 2 ? 16 : 0);
        return fields.Address();
    }
}
