using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Weights.Safetensors;

/// <summary>
/// A safetensors file, open for reading by name. Opening reads and checks the header only; tensors are read when asked for,
/// straight into the memory of an existing tensor. One instance may be read from several threads at once.
/// </summary>
public sealed class SafetensorsFile : IWeightFile
{
    private const int PrefixLength = 8;

    // The limit of the format's own implementation.
    private const int MaxHeaderLength = 100_000_000;

    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly long _dataStart;
    private StoredTensor[]? _stored;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
        long fileLength = RandomAccess.GetLength(handle);
        byte[] json = new byte[ReadHeaderLength(fileLength)];
        ReadExactly(PrefixLength, json);
        _dataStart = PrefixLength + json.Length;
        var header = SafetensorsHeader.Parse(path, json, fileLength - _dataStart);
        Metadata = header.Metadata;
        Tensors = header.Tensors;
    }

    /// <summary>The file's own key and value pairs, in file order; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors by name, in the order of the header, which need not be that of the data.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <inheritdoc/>
    WeightConvention IWeightFile.Convention => WeightConvention.Torch;

    /// <inheritdoc/>
    IReadOnlyList<StoredTensor> IWeightFile.Tensors => _stored ??= [.. Tensors.Values.Select(entry => new StoredTensor(entry.Name, entry.Shape, entry.DataType))];

    /// <inheritdoc/>
    void IWeightFile.Read(StoredTensor tensor, Span<float> destination) => ReadFloats(Tensors[tensor.Name], 0, destination);

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="PSTransferException">NotFound, or InvalidData with what is wrong with the file.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: expected a safetensors file, found a folder; give the path of the file in it.", path);
        }

        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return new SafetensorsFile(path, handle);
        }
        catch (Exception e)
        {
            handle?.Dispose();
            throw e switch
            {
                FileNotFoundException or DirectoryNotFoundException =>
                    new PSTransferException(FaultKind.NotFound, $"{path}: there is no such file; check the path.", path, e),
                IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException => Unreadable(path, e),
                _ => e,
            };
        }
    }

    /// <summary>Fills a tensor from the file. F16 and BF16 become float32 exactly; nothing else is converted.</summary>
    /// <param name="name">A name among <see cref="Tensors"/>.</param>
    /// <param name="destination">A contiguous float32 or int64 tensor on the CPU, of the file's shape.</param>
    /// <exception cref="PSTransferException">InvalidData when the file has no such tensor, or one of another shape or type.</exception>
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

        // Slices, since a span holds at most 2^31 bytes and a tensor may have more.
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
    public void Dispose() => _handle.Dispose();

    /// <summary>Reads elements of a tensor, from the given one on, as float32.</summary>
    internal void ReadFloats(TensorEntry entry, long firstElement, Span<float> destination)
    {
        switch (entry.DataType)
        {
            case "F32":
                ReadExactly(_dataStart + entry.Begin + (firstElement * sizeof(float)), MemoryMarshal.AsBytes(destination));
                break;
            case "F16":
                ReadNarrow(entry, firstElement, destination, static bits => (float)BitConverter.UInt16BitsToHalf(bits));
                break;
            case "BF16":
                // A bfloat16 is the upper half of the float32 of the same value.
                ReadNarrow(entry, firstElement, destination, static bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
                break;
            default:
                throw WrongType(entry, "F32, F16 or BF16");
        }
    }

    /// <summary>Reads elements of an I64 tensor, from the given one on.</summary>
    internal void ReadLongs(TensorEntry entry, long firstElement, Span<long> destination)
    {
        if (entry.DataType != "I64")
        {
            throw WrongType(entry, "I64");
        }

        ReadExactly(_dataStart + entry.Begin + (firstElement * sizeof(long)), MemoryMarshal.AsBytes(destination));
    }

    internal static PSTransferException Damaged(string path, string what, Exception? inner = null) =>
        new(FaultKind.InvalidData, $"{path}: {what}; download or export the file again.", path, inner);

    internal static string Show(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>A name from a file, fit for a terminal: no control characters, no endless line.</summary>
    internal static string Printable(string name)
    {
        const int MaxLength = 200;
        string cut = name.Length > MaxLength ? name[..MaxLength] + "..." : name;
        return string.Concat(cut.Select(c => char.IsControl(c) ? '?' : c));
    }

    private int ReadHeaderLength(long fileLength)
    {
        Span<byte> start = stackalloc byte[FileSignature.Length];
        start = start[..RandomAccess.Read(_handle, start, 0)];
        if (start.IsEmpty)
        {
            throw Damaged(_path, "the file is empty");
        }

        ulong length = start.Length < PrefixLength ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > 0 && length <= MaxHeaderLength && (long)length <= fileLength - PrefixLength && start[PrefixLength] == '{')
        {
            return (int)length;
        }

        if (FileSignature.Describe(start) is { } kind)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{_path}: expected a safetensors file, found {kind}; give the file in the right format, or name its format.", _path);
        }

        throw Damaged(_path, $"expected a safetensors file (the header's length, a brace), found the length {length} in a file of {fileLength} bytes: another kind of file, or one cut short");
    }

    private TensorEntry Find(string name) =>
        Tensors.TryGetValue(name, out TensorEntry? entry)
            ? entry
            : throw new PSTransferException(
                FaultKind.InvalidData,
                $"{_path}: {name}: not among the {Tensors.Count} tensors of the file; are these weights of another network?",
                _path);

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
            $"{_path}: {Printable(entry.Name)}: expected {Show(expected)}, found {Show(entry.Shape)}; {hint}",
            _path);
    }

    private PSTransferException WrongType(TensorEntry entry, string expected) =>
        new(FaultKind.InvalidData, $"{_path}: {Printable(entry.Name)}: expected {expected}, found {entry.DataType}; convert the tensor before saving it.", _path);

    private void ReadNarrow(TensorEntry entry, long firstElement, Span<float> destination, Func<ushort, float> widen)
    {
        const int ChunkLength = 1 << 15;
        ushort[] chunk = ArrayPool<ushort>.Shared.Rent(Math.Min(ChunkLength, destination.Length));
        long position = _dataStart + entry.Begin + (firstElement * sizeof(ushort));
        while (!destination.IsEmpty)
        {
            Span<ushort> bits = chunk.AsSpan(0, Math.Min(chunk.Length, destination.Length));
            ReadExactly(position, MemoryMarshal.AsBytes(bits));
            for (int i = 0; i < bits.Length; i++)
            {
                destination[i] = widen(bits[i]);
            }

            position += bits.Length * sizeof(ushort);
            destination = destination[bits.Length..];
        }

        ArrayPool<ushort>.Shared.Return(chunk);
    }

    private void ReadExactly(long position, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int count = Read(position, destination);
            if (count == 0)
            {
                throw Damaged(_path, $"it ends at byte {position}; it was cut short while it was being read");
            }

            position += count;
            destination = destination[count..];
        }
    }

    private int Read(long position, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(_handle, destination, position);
        }
        catch (IOException e)
        {
            throw Unreadable(_path, e);
        }
    }

    private static PSTransferException Unreadable(string path, Exception e) =>
        new(FaultKind.InvalidData, $"{path} can't be read: {e.Message.TrimEnd('.')}; check the path and its permissions.", path, e);
}
