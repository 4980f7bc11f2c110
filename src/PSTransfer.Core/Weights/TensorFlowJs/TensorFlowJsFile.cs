using System.Runtime.InteropServices;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.TensorFlowJs;

/// <summary>
/// A TensorFlow.js layers model: model.json with the shards of its weights beside it. The numbers are unchanged, or quantised to uint8,
/// uint16 or float16. If the file has its topology, the tensors come in the order of the layers, since a manifest may be sorted by name.
/// Otherwise they come in the manifest's order. An optimiser's tensors are left out.
/// </summary>
internal sealed class TensorFlowJsFile : IWeightFile
{
    private const string FileName = "model.json";

    // The largest published networks have 1 MB. JSON in memory takes up to 20 times its length.
    private const int MaxLength = 32 << 20;

    private readonly string _path;
    private readonly Dictionary<StoredTensor, (ManifestTensor Tensor, ShardBytes Bytes)> _places = new(ReferenceEqualityComparer.Instance);
    private readonly List<ShardBytes> _groups = [];

    private TensorFlowJsFile(string path)
    {
        _path = path;
        var model = ModelJson.Parse(path, ReadJson(path));
        foreach (var group in model.Groups)
        {
            var bytes = new ShardBytes(path, group);
            _groups.Add(bytes);
            foreach (var tensor in group.Tensors)
            {
                _places.Add(tensor.Stored, (tensor, bytes));
            }
        }

        Layers = model.Layers.Count > 0 ? model.Layers.Keys : null;
        var stored = model.Groups.SelectMany(group => group.Tensors).Select(tensor => tensor.Stored);
        Tensors = [.. stored.OrderBy(tensor => Place(model.Layers, tensor))];
    }

    /// <inheritdoc/>
    public WeightConvention Convention => WeightConvention.Keras;

    /// <inheritdoc/>
    public IReadOnlyCollection<string>? Layers { get; }

    /// <summary>The tensors, each of them a <see cref="KerasTensor"/>. A quantised tensor has the type after reading.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>
    /// Whether a path is likely a TensorFlow.js model: a folder with a model.json, or a file that begins like a JSON object.
    /// </summary>
    public static bool Looks(string path)
    {
        if (Directory.Exists(path))
        {
            return File.Exists(Path.Combine(path, FileName));
        }

        // A safetensors file may also begin with a brace: as the lowest byte of its header's length, with zeros behind it.
        var start = FileSignature.Read(path);
        return !start.Contains((byte)0) && start.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
    }

    /// <summary>Opens a model: reads model.json and compares it with the shards' lengths, without reading any numbers.</summary>
    /// <param name="path">The path of model.json, which may have another name, or of the folder that holds it.</param>
    /// <exception cref="PSTransferException">NotFound, or InvalidData; the message says what is wrong in model.json or with which
    /// shard.</exception>
    public static TensorFlowJsFile Open(string path)
    {
        if (Directory.Exists(path))
        {
            var inside = Path.Combine(path, FileName);
            return File.Exists(inside)
                ? Open(inside)
                : throw new PSTransferException(
                    FaultKind.NotFound,
                    $"{path}: expected a file, or a folder with a TensorFlow.js {FileName}; found a folder without one.",
                    path);
        }

        return new TensorFlowJsFile(path);
    }

    /// <inheritdoc/>
    public void Read(StoredTensor tensor, Span<float> destination)
    {
        var (place, bytes) = _places[tensor];
        if (tensor.DataType != "float32")
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{_path}: {Printable.Text(tensor.Name)}: expected float32, found {tensor.DataType}; convert the tensor before saving it.",
                _path);
        }

        // Narrow numbers are read into the end of the destination and widened from its start on. No number is overwritten before its turn.
        var narrow = place.Quantization;
        var raw = MemoryMarshal.AsBytes(destination)[^(destination.Length * ModelJson.SizeOf(narrow?.DataType ?? tensor.DataType))..];
        bytes.Read(place.Begin, raw);
        switch (narrow?.DataType)
        {
            case "uint8":
                for (var i = 0; i < destination.Length; i++)
                {
                    destination[i] = narrow.Widen(raw[i]);
                }

                break;
            case "uint16":
                var integers = MemoryMarshal.Cast<byte, ushort>(raw);
                for (var i = 0; i < destination.Length; i++)
                {
                    destination[i] = narrow.Widen(integers[i]);
                }

                break;
            case "float16":
                NarrowFloats.WidenHalf(destination);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _groups.ForEach(group => group.Dispose());

    private static byte[] ReadJson(string path)
    {
        const string What = $"{FileName} of TensorFlow.js";
        using var file = WeightFileHandle.Open(path, What);
        var start = file.ReadStart();
        if (start.Length == 0 || FileSignature.Describe(start) is not null)
        {
            throw FileFault.WrongKind(path, What, start);
        }

        if (file.Length > MaxLength)
        {
            throw FileFault.Damaged(path, $"expected {What} with at most {MaxLength} bytes, found {file.Length}: another kind of file");
        }

        var json = new byte[file.Length];
        file.ReadExactly(0, json);
        return json;
    }

    private static int Place(Dictionary<string, int> layers, KerasTensor tensor) =>
        layers.TryGetValue(tensor.InnerLayer ?? tensor.Layer, out var place) || layers.TryGetValue(tensor.Layer, out place)
            ? place
            : int.MaxValue;
}
