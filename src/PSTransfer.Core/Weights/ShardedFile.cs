using System.Text.Json;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights;

/// <summary>
/// Weights that are spread over several files, as Hugging Face saves large ones. An index (model.safetensors.index.json,
/// pytorch_model.bin.index.json) says for each tensor in which file beside it the tensor is.
/// </summary>
internal sealed class ShardedFile : IWeightFile
{
    private const string Map = "weight_map";
    private const int MostBytes = 32 << 20;
    private const int MostFiles = 1000;

    private readonly Dictionary<StoredTensor, IWeightFile> _owners = new(ReferenceEqualityComparer.Instance);
    private readonly List<IWeightFile> _files = [];

    private ShardedFile(string path, IReadOnlyDictionary<string, string> map)
    {
        try
        {
            foreach (var name in map.Values.Distinct())
            {
                var file = WeightFiles.OpenShard(Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, name));
                _files.Add(file);
                foreach (var tensor in file.Tensors.Where(tensor => map.GetValueOrDefault(tensor.Name) == name))
                {
                    _owners.Add(tensor, file);
                }
            }

            Tensors = [.. _owners.Keys];
            if (map.Keys.Except(Tensors.Select(tensor => tensor.Name)).FirstOrDefault() is { } missing)
            {
                throw FileFault.Damaged(
                    path, $"{Printable.Text(missing)}: expected it in {Printable.Text(map[missing])}, which doesn't have it");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public WeightConvention Convention => WeightConvention.Torch;

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Whether a JSON file is an index of weights.</summary>
    /// <exception cref="PSTransferException">The file can't be read.</exception>
    public static bool Looks(string path) => Read(path) is { } map && map.Count > 0;

    /// <summary>Opens the index and the files that it names, without reading any numbers.</summary>
    /// <exception cref="PSTransferException">A file is missing or damaged, or lacks a tensor that the index puts there.</exception>
    public static ShardedFile Open(string path) => new(path, Read(path)!);

    /// <inheritdoc/>
    public void Read(StoredTensor tensor, Span<float> destination) => _owners[tensor].Read(tensor, destination);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static Dictionary<string, string>? Read(string path)
    {
        using var file = WeightFileHandle.Open(path, "an index of weights");
        if (file.Length > MostBytes)
        {
            return null;
        }

        var json = new byte[file.Length];
        file.ReadExactly(0, json);
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement is not { ValueKind: JsonValueKind.Object } root
                || !root.TryGetProperty(Map, out var map)
                || map.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var places = new Dictionary<string, string>();
            foreach (var entry in map.EnumerateObject())
            {
                var name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : string.Empty;
                places[entry.Name] = FileName(path, entry.Name, name);
            }

            return places.Values.Distinct().Count() <= MostFiles
                ? places
                : throw FileFault.Damaged(path, $"its {Map} names more than {MostFiles} files");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null; // TensorFlow.js' reader of model.json will say where the JSON is wrong.
        }
    }

    /// <summary>Returns the path of a file beside the index. A name that could lead elsewhere is refused.</summary>
    private static string FileName(string path, string tensor, string name) =>
        name.Length > 0 && name is not ("." or "..") && name.IndexOfAny(['/', '\\', ':']) < 0 && !name.Any(char.IsControl)
            ? name
            : throw FileFault.Damaged(
                path, $"{Printable.Text(tensor)}: expected the name of a file beside the index, found '{Printable.Text(name)}'");
}
