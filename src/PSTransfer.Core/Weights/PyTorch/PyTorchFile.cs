using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// PyTorch's .pth, .pt or .bin, open for reading: a state dict, alone or in a checkpoint, in the zip format or the earlier one. The pickle
/// is interpreted, never run (<see cref="KnownNames"/>). Names are those of the file, with prefixes such as "module.".
/// </summary>
internal sealed class PyTorchFile : IWeightFile
{
    private const string What = "a PyTorch file (a zip archive or a pickle)";

    private const int MostNames = 8;

    private readonly WeightFileHandle _file;

    private PyTorchFile(WeightFileHandle file)
    {
        _file = file;
        var content = Read();
        var tensors = new OrderedDictionary<string, StoredTensor>();
        var foreign = new Dictionary<string, string>();
        foreach (var (name, value) in StateDictionary.Find(content.Root))
        {
            if (value is PickledTensor tensor)
            {
                tensors[name] = Place(name, tensor, content, file.Length);
            }
            else
            {
                foreign[name] = ((PickledObject)value).Maker!;
            }
        }

        Tensors = [.. tensors.Values];
        Foreign = foreign;
        Architecture = (content.Root as PickledDictionary)?.Find("arch") as string;
        Note = content.Foreign.Count == 0
            ? null
            : "The file also asks for "
                + NameList.Some(content.Foreign.Order(StringComparer.Ordinal).Take(MostNames).Select(Printable.Text), content.Foreign.Count)
                + ": nothing of that was made or run.";
    }

    /// <inheritdoc/>
    public WeightConvention Convention => WeightConvention.Torch;

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Foreign { get; }

    /// <inheritdoc/>
    public string? Architecture { get; }

    /// <inheritdoc/>
    public string? Note { get; }

    /// <summary>Opens a file and checks the places of its tensors, without reading any numbers.</summary>
    /// <exception cref="PSTransferException">NotFound, or InvalidData: the file is damaged, of another kind, or asks for names that weights
    /// don't need.</exception>
    public static PyTorchFile Open(string path)
    {
        var file = WeightFileHandle.Open(path, What);
        try
        {
            return new PyTorchFile(file);
        }
        catch (Exception e)
        {
            file.Dispose();
            throw e is InvalidDataException ? new PSTransferException(FaultKind.InvalidData, $"{path}: {e.Message}.", path, e) : e;
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
                $"{_file.Path}: {Printable.Text(tensor.Name)}: expected float32, float16 or bfloat16, found {tensor.DataType}; "
                + "convert the weights before saving them: model.float().",
                _file.Path);
        }

        if (destination.IsEmpty)
        {
            return;
        }

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

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private PyTorchContent Read()
    {
        var start = _file.ReadStart();
        return start switch
        {
            _ when FileSignature.IsZip(start) => ZipFormat.Read(_file),
            [0x80, ..] => LegacyFormat.Read(_file),
            _ => throw FileFault.WrongKind(_file.Path, What, start),
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
            throw new InvalidDataException($"{Printable.Text(name)}: {e.Message}", e);
        }
    }

    /// <param name="Name">The name in the file.</param>
    /// <param name="Shape">The tensor's dimensions.</param>
    /// <param name="DataType">The type by NumPy's names.</param>
    /// <param name="Position">The position of the first number's first byte.</param>
    /// <param name="Strides">For each dimension, the distance between neighbours, in numbers.</param>
    private sealed record PlacedTensor(
        string Name, IReadOnlyList<long> Shape, string DataType, long Position, IReadOnlyList<long> Strides)
        : StoredTensor(Name, Shape, DataType);
}
