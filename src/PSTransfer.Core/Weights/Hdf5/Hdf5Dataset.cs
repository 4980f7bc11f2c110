using System.Runtime.InteropServices;

namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>A dataset in one piece. Its length has been checked against its shape and the file.</summary>
internal sealed class Hdf5Dataset
{
    private const int SliceLength = 1 << 24;

    // The cost of a dataset and of its tensor.
    private const int Cost = 512;

    private readonly Hdf5Bytes _file;
    private readonly long _address;
    private readonly ReadOnlyMemory<byte> _inside;

    /// <summary>Finds the place of the numbers.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">The dataset's name, for errors.</param>
    /// <param name="message">Returns the first message of a kind from the header.</param>
    /// <param name="isBrain">Whether Keras noted that the two-byte numbers are bfloat16, for which HDF5 had no type.</param>
    public Hdf5Dataset(Hdf5Bytes file, string path, Func<MessageKind, ReadOnlyMemory<byte>?> message, bool isBrain)
    {
        _file = file;
        file.Charge(Cost);
        if (message(MessageKind.Dataspace) is not { } space
            || message(MessageKind.Datatype) is not { } type
            || message(MessageKind.Layout) is not { } layout)
        {
            throw file.Damaged($"{path} lacks its shape, type or place");
        }

        if (message(MessageKind.ExternalFiles) is not null)
        {
            throw file.Wrong($"{path}: its numbers lie in another file, which is not opened; save the weights into one file with Keras.");
        }

        var datatype = Datatype.Parse(file, type);
        var dataspace = Dataspace.Parse(file, space);
        DataType = isBrain && datatype.Size == 2 ? "bfloat16" : datatype.Name;
        Shape = dataspace.Shape;
        (_address, _inside) = Place(path, layout);
        var length = dataspace.Bytes(file, datatype.Size, _address == Fields.Undefined ? _inside.Length : file.Length, path);
        Count = length / datatype.Size;
        if (_address != Fields.Undefined)
        {
            file.CheckRange(_address, length, path);
        }
    }

    /// <summary>The dataset's dimensions.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The type by NumPy's names.</summary>
    public string DataType { get; }

    /// <summary>The number of values.</summary>
    public long Count { get; }

    /// <summary>Reads all values of a float32 dataset, or of a float16 or bfloat16 dataset, which are widened exactly.</summary>
    public void Read(Span<float> destination)
    {
        switch (DataType)
        {
            case "float32":
                // The loop reads slices, since a large span of floats has more bytes than a span of bytes can have.
                for (var at = 0; at < destination.Length; at += SliceLength)
                {
                    var slice = destination.Slice(at, Math.Min(SliceLength, destination.Length - at));
                    ReadBytes(at * (long)sizeof(float), MemoryMarshal.AsBytes(slice));
                }

                break;
            case "float16":
                ReadBytes(0, NarrowFloats.Place(destination));
                NarrowFloats.WidenHalf(destination);
                break;
            default:
                ReadBytes(0, NarrowFloats.Place(destination));
                NarrowFloats.WidenBrain(destination);
                break;
        }
    }

    private void ReadBytes(long offset, Span<byte> destination)
    {
        if (_address == Fields.Undefined)
        {
            _inside.Span.Slice((int)offset, destination.Length).CopyTo(destination);
        }
        else
        {
            _file.ReadExactly(_address + offset, destination);
        }
    }

    /// <summary>Returns the address of the numbers, or the bytes themselves if they are in the header or nowhere.</summary>
    private (long Address, ReadOnlyMemory<byte> Inside) Place(string path, ReadOnlyMemory<byte> message)
    {
        var fields = new Fields(_file, message, "a layout");
        var version = fields.Version(1, 2, 3, 4, 5);
        var rank = version < 3 ? fields.Number(1) : 0;
        var kind = fields.Number(1);
        fields.Skip(version < 3 ? 5 : 0);
        switch (kind)
        {
            case 0:
                fields.Skip(rank * 4);
                return (Fields.Undefined, fields.Bytes(fields.Number(version < 3 ? 4 : 2)));
            case 1:
                var address = fields.Address();
                return address == Fields.Undefined && !Shape.Contains(0)
                    ? throw _file.Wrong($"{path}: its numbers are not in the file (never written); save the weights again.")
                    : (address, ReadOnlyMemory<byte>.Empty);
            case 2 or 3:
                throw _file.Wrong(
                    $"{path}: its numbers are stored {(kind == 2 ? "Chunked" : "Virtual")} (in pieces or compressed); "
                    + "expected them in one piece, as Keras writes them. Save the weights again with Keras.");
            default:
                throw _file.Damaged($"{path} has the layout {kind}");
        }
    }
}
