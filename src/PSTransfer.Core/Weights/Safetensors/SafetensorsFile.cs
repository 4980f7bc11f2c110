using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Weights.Safetensors;

/// <summary>
/// A safetensors file, open for reading by name. Opening reads and checks only the header. Tensors are read on demand, straight into the
/// memory of an existing tensor. Several threads may read from one instance at once.
/// </summary>
public sealed class SafetensorsFile : IWeightFile
{
    private const int PrefixLength = 8;

    // The limit in the format's own implementation.
    private const int MaxHeaderLength = 100_000_000;

    private const string What = "a safetensors file";

    private readonly WeightFileHandle _file;
    private readonly long _dataStart;
    private StoredTensor[]? _stored;

    private SafetensorsFile(WeightFileHandle file)
    {
        _file = file;
        byte[] json = new byte[ReadHeaderLength()];
        file.ReadExactly(PrefixLength, json);
        _dataStart = PrefixLength + json.Length;
        var header = SafetensorsHeader.Parse(file.Path, json, file.Length - _dataStart);
        Metadata = header.Metadata;
        Tensors = header.Tensors;
    }

    /// <summary>The file's own key and value pairs, in file order; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors by name, in the order of the header, which need not be that of the data.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <inheritdoc/>
    WeightConvention IWeightFile.Convention => WeightConvention.Torch;

    /// <inheritdoc/>
    IReadOnlyList<StoredTensor> IWeightFile.Tensors =>
        _stored ??= [.. Tensors.Values.Select(entry => new StoredTensor(entry.Name, entry.Shape, entry.DataType))];

    /// <inheritdoc/>
    void IWeightFile.Read(StoredTensor tensor, Span<float> destination) => ReadFloats(Tensors[tensor.Name], 0, destination);

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="PSTransferException">NotFound, or InvalidData; the message says what is wrong with the file.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = WeightFileHandle.Open(path, What);
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Fills a tensor from the file. F16 and BF16 become float32 exactly; nothing else is converted.</summary>
    /// <param name="name">A name among <see cref="Tensors"/>.</param>
    /// <param name="destination">A contiguous float32 or int64 tensor on the CPU, of the file's shape.</param>
    /// <exception cref="PSTransferException">InvalidData: the file has no such tensor, or one of another shape or type.</exception>
    /// <exception cref="ArgumentException">The destination is on another device, strided or of another type.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (destination.device_type != DeviceType.CPU || !destination.is_contiguous()
            || destination.dtype is not (ScalarType.Float32 or ScalarType.Int64))
        {
            throw new ArgumentException("Expected a contiguous float32 or int64 tensor on the CPU.", nameof(destination));
        }

        TensorEntry entry = Find(name);
        CheckShape(entry, destination.shape);

        // The loop reads slices, since a span holds at most 2^31 bytes and a tensor may have more.
        const long SliceLength = 1 << 24;
        using Tensor detached = destination.detach();
        using Tensor flat = detached.view(-1);
        for (long start = 0; start < flat.numel(); start += SliceLength)
        {
            using Tensor slice = flat.narrow(0, start, Math.Min(SliceLength, flat.numel() - start));
            if (destination.dtype == ScalarType.Float32)
            {
                ReadFloats(entry, start, MemoryMarshal.Cast<byte, float>(slice.bytes));
            }
            else
            {
                ReadLongs(entry, start, MemoryMarshal.Cast<byte, long>(slice.bytes));
            }
        }

        GC.KeepAlive(destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Reads elements of a tensor as float32, starting with a given one.</summary>
    internal void ReadFloats(TensorEntry entry, long firstElement, Span<float> destination)
    {
        long position = _dataStart + entry.Begin;
        switch (entry.DataType)
        {
            case "F32":
                _file.ReadExactly(position + (firstElement * sizeof(float)), MemoryMarshal.AsBytes(destination));
                break;
            case "F16":
                _file.ReadExactly(position + (firstElement * sizeof(ushort)), NarrowFloats.Place(destination));
                NarrowFloats.WidenHalf(destination);
                break;
            case "BF16":
                _file.ReadExactly(position + (firstElement * sizeof(ushort)), NarrowFloats.Place(destination));
                NarrowFloats.WidenBrain(destination);
                break;
            default:
                throw WrongType(entry, "F32, F16 or BF16");
        }
    }

    /// <summary>Reads elements of an I64 tensor, starting with a given one.</summary>
    internal void ReadLongs(TensorEntry entry, long firstElement, Span<long> destination)
    {
        if (entry.DataType != "I64")
        {
            throw WrongType(entry, "I64");
        }

        _file.ReadExactly(_dataStart + entry.Begin + (firstElement * sizeof(long)), MemoryMarshal.AsBytes(destination));
    }

    private int ReadHeaderLength()
    {
        byte[] start = _file.ReadStart();
        ulong length = start.Length < PrefixLength ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > 0 && length <= MaxHeaderLength && (long)length <= _file.Length - PrefixLength && start[PrefixLength] == '{')
        {
            return (int)length;
        }

        throw start.Length == 0 || FileSignature.Describe(start) is not null
            ? FileFault.WrongKind(_file.Path, What, start)
            : FileFault.Damaged(
                _file.Path,
                $"expected {What} (the header's length, a brace), found the length {length} in a file of {_file.Length} bytes: "
                + "another kind of file, or one cut short");
    }

    private TensorEntry Find(string name) =>
        Tensors.TryGetValue(name, out TensorEntry? entry)
            ? entry
            : throw new PSTransferException(
                FaultKind.InvalidData,
                $"{_file.Path}: {name}: not among the {Tensors.Count} tensors of the file; are these weights of another network?",
                _file.Path);

    private void CheckShape(TensorEntry entry, long[] expected)
    {
        if (entry.Shape.SequenceEqual(expected))
        {
            return;
        }

        string hint = entry.Shape.Order().SequenceEqual(expected.Order())
            ? "the same dimensions in another order: is this a Keras or TensorFlow file (height, width, in, out)?"
            : "are these weights of another network, input shape or number of classes?";
        throw new PSTransferException(
            FaultKind.InvalidData,
            $"{_file.Path}: {Printable.Text(entry.Name)}: expected {Printable.Shape(expected)}, "
            + $"found {Printable.Shape(entry.Shape)}; {hint}",
            _file.Path);
    }

    private PSTransferException WrongType(TensorEntry entry, string expected) =>
        new(
            FaultKind.InvalidData,
            $"{_file.Path}: {Printable.Text(entry.Name)}: expected {expected}, found {entry.DataType}; "
            + "convert the tensor before saving it.",
            _file.Path);
}
