using Microsoft.Win32.SafeHandles;
using PSTransfer.Core.Weights.Safetensors;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// PyTorch's .pth, .pt or .bin, open for reading: a state dict, alone or in a checkpoint, in the zip format or the one before. Its pickle is
/// interpreted, never run (<see cref="KnownNames"/>). Names are those of the file, with prefixes such as "module.".
/// </summary>
internal sealed class PyTorchFile : IWeightFile
{
    private readonly string _path;
    private readonly SafeFileHandle _file;

    private PyTorchFile(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
        var content = Read();
        var length = RandomAccess.GetLength(file);
        var tensors = new OrderedDictionary<string, StoredTensor>();
        foreach (var (key, value) in StateDictionary.Find(content.Root).Items)
        {
            if (key is string name && value is PickledTensor tensor)
            {
                tensors[name] = Place(name, tensor, content, length);
            }
        }

        Tensors = [.. tensors.Values];
    }

    /// <inheritdoc/>
    public WeightConvention Convention => WeightConvention.Torch;

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Opens a file and checks where its tensors lie; reads no numbers yet.</summary>
    /// <exception cref="PSTransferException">NotFound, or InvalidData: it is damaged, of another kind, or asks for names that weights don't need.</exception>
    public static PyTorchFile Open(string path)
    {
        var file = WeightFileHandle.Open(path, "a PyTorch file");
        try
        {
            return new PyTorchFile(path, file);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            file.Dispose();
            throw e is InvalidDataException ? new PSTransferException(FaultKind.InvalidData, $"{path}: {e.Message}.", path, e) : Unreadable(path, e);
        }
    }

    /// <inheritdoc/>
    public void Read(StoredTensor tensor, Span<float> destination)
    {
        var placed = (PlacedTensor)tensor;
        if (tensor.DataType is not ("float32" or "float16" or "bfloat16"))
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{_path}: {SafetensorsFile.Printable(tensor.Name)}: expected float32, float16 or bfloat16, found {tensor.DataType}; convert the weights before saving them: model.float().",
                _path);
        }

        if (destination.IsEmpty)
        {
            return;
        }

        try
        {
            var reader = new TensorReader(_file, placed.Position, tensor.DataType);
            if (TensorLayout.IsContiguous(tensor.Shape, placed.Strides))
            {
                reader.ReadRun(0, destination);
            }
            else
            {
                reader.ReadView(tensor.Shape, placed.Strides, destination);
            }
        }
        catch (IOException e)
        {
            throw Unreadable(_path, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private PyTorchContent Read()
    {
        Span<byte> start = stackalloc byte[FileSignature.Length];
        start = start[..RandomAccess.Read(_file, start, 0)];
        return start switch
        {
            [] => throw new InvalidDataException("the file is empty; download or export it again"),
            _ when FileSignature.IsZip(start) => ZipFormat.Read(_file),
            [0x80, ..] => LegacyFormat.Read(_file),
            _ => throw new InvalidDataException($"expected a PyTorch file (a zip archive or a pickle), found {FileSignature.Describe(start) ?? "something else"}; give the file in the right format, or name its format"),
        };
    }

    private static PlacedTensor Place(string name, PickledTensor tensor, PyTorchContent content, long fileLength)
    {
        try
        {
            var offset = TensorLayout.Check(tensor, fileLength);
            return new PlacedTensor(name, tensor.Shape, tensor.DataType, content.Locate(tensor.Storage) + offset, tensor.Strides);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{SafetensorsFile.Printable(name)}: {e.Message}", e);
        }
    }

    private static PSTransferException Unreadable(string path, Exception e) =>
        new(FaultKind.InvalidData, $"{path}: it can't be read: {e.Message.TrimEnd('.')}; check the path and its permissions.", path, e);

    /// <param name="Name">As in the file.</param>
    /// <param name="Shape">Its dimensions.</param>
    /// <param name="DataType">By NumPy's names.</param>
    /// <param name="Position">The byte of its first number.</param>
    /// <param name="Strides">Numbers from one to the next, of each dimension.</param>
    private sealed record PlacedTensor(string Name, IReadOnlyList<long> Shape, string DataType, long Position, IReadOnlyList<long> Strides) : StoredTensor(Name, Shape, DataType);
}
