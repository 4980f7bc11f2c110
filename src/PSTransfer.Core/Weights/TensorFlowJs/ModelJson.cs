using System.Text.Json;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.TensorFlowJs;

/// <summary>
/// The model.json of a TensorFlow.js layers model: the manifest of its weights, and the order of its layers. Its numbers are trusted once
/// <see cref="ShardBytes"/> has compared them with the shards' lengths. Format: https://github.com/tensorflow/tfjs,
/// tfjs-core/src/io/types.ts.
/// </summary>
internal sealed class ModelJson
{
    // torch itself stops at 64.
    private const int MaxRank = 64;

    // A model in a model takes four levels; this also bounds the recursion of AddLayers.
    private const int MaxDepth = 256;

    private static readonly Dictionary<string, int> BytesPerValue = new()
    {
        ["float32"] = 4, ["int32"] = 4, ["bool"] = 1, ["complex64"] = 8, ["float16"] = 2, ["uint8"] = 1, ["uint16"] = 2,
    };

    private readonly string _path;
    private readonly HashSet<string> _shards = [];
    private readonly HashSet<string> _names = [];

    private ModelJson(string path, JsonElement root)
    {
        _path = path;
        Require(root, JsonValueKind.Object, "the file");
        var topology = root.TryGetProperty("modelTopology", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        RefuseGraphModel(root, topology);
        if (!root.TryGetProperty("weightsManifest", out var groups))
        {
            var keys = string.Join(", ", root.EnumerateObject().Take(5).Select(property => Printable.Text(property.Name)));
            throw Wrong("the file", "model.json of TensorFlow.js with its weightsManifest", $"JSON with the keys: {keys}");
        }

        Groups = [.. Elements(groups, "weightsManifest").Select((group, index) => ReadGroup(group, $"weightsManifest[{index}]"))];
        AddLayers(topology);
    }

    /// <summary>The groups of the manifest, in its order.</summary>
    public IReadOnlyList<ManifestGroup> Groups { get; }

    /// <summary>
    /// The place of each layer in the topology; layers of inner models have their place there. Empty if the file has no topology.
    /// </summary>
    public Dictionary<string, int> Layers { get; } = [];

    /// <summary>Reads model.json.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="json">The bytes of the file.</param>
    /// <exception cref="PSTransferException">InvalidData: the file isn't JSON, or not that of a layers model. The message names the
    /// place.</exception>
    public static ModelJson Parse(string path, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return new ModelJson(path, document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The message of a JsonException ends with line and position. An InvalidOperationException means that the bytes aren't UTF-8.
            throw FileFault.Damaged(path, $"not valid JSON ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    /// <summary>The size in bytes of one value of a type that <see cref="Parse"/> has accepted.</summary>
    public static int SizeOf(string dataType) => BytesPerValue[dataType];

    private void RefuseGraphModel(JsonElement root, JsonElement topology)
    {
        // Files from before 2019 don't name their format; a list of nodes marks a graph.
        var format = root.TryGetProperty("format", out var value) ? Text(value, "format")
            : topology.ValueKind == JsonValueKind.Object && topology.TryGetProperty("node", out _) ? "graph-model"
            : "layers-model";
        if (format == "layers-model")
        {
            return;
        }

        throw new PSTransferException(
            FaultKind.InvalidData,
            format == "graph-model"
                ? $"{_path}: expected a TensorFlow.js layers model, found a graph model, whose weights have lost their layers. "
                    + "Convert the Keras model again with --output_format=tfjs_layers_model, or take its .h5."
                : $"{_path}: format: expected layers-model, found '{Printable.Text(format)}'; "
                    + "convert the Keras model again with --output_format=tfjs_layers_model, or take its .h5.",
            _path);
    }

    private ManifestGroup ReadGroup(JsonElement group, string place)
    {
        Require(group, JsonValueKind.Object, place);
        var paths = Elements(Member(group, "paths", place), $"{place}.paths")
            .Select(path => ReadPath(Text(path, $"{place}.paths")))
            .ToList();
        var tensors = new List<ManifestTensor>();
        long length = 0;
        foreach (var (index, entry) in Elements(Member(group, "weights", place), $"{place}.weights").Index())
        {
            var (tensor, bytes) = ReadTensor(entry, $"{place}.weights[{index}]", length);
            if (bytes > long.MaxValue - length)
            {
                throw Wrong(tensor.Stored.Name, "less than 2^63 bytes of tensors", "more");
            }

            length += bytes;
            if (!entry.TryGetProperty("group", out var role) || !role.ValueEquals("optimizer"))
            {
                tensors.Add(_names.Add(tensor.Stored.Name) ? tensor : throw Wrong(tensor.Stored.Name, "one tensor of that name", "two"));
            }
        }

        return new ManifestGroup(paths, tensors, length);
    }

    /// <summary>
    /// Returns a shard's path, which must not lead out of the folder. A URL beside model.json on the web is a file beside it here.
    /// </summary>
    private string ReadPath(string given)
    {
        var parts = given.Split('/', '\\').Where(part => part != ".").ToArray();
        if (parts.Length == 0
            || parts.Any(part => part is "" or ".." || part.Contains(':', StringComparison.Ordinal) || part.Any(char.IsControl)))
        {
            throw Wrong($"shard {given}", "the path of a file inside the folder of model.json", "a path that may lead elsewhere");
        }

        var path = string.Join('/', parts);
        return _shards.Add(path) ? path : throw Wrong($"shard {given}", "each shard once", "the same shard again");
    }

    private (ManifestTensor Tensor, long Bytes) ReadTensor(JsonElement entry, string place, long begin)
    {
        Require(entry, JsonValueKind.Object, place);
        var name = Text(Member(entry, "name", place), $"{place}.name");
        var type = Text(Member(entry, "dtype", name), $"{name}: dtype");
        var quantization = entry.TryGetProperty("quantization", out var value) ? ReadQuantization(value, name) : null;
        var stored = quantization?.DataType ?? type;
        if (!BytesPerValue.TryGetValue(stored, out var size) || type is not ("float32" or "int32" or "bool" or "complex64"))
        {
            throw Wrong(
                $"{name}: dtype",
                type == "string" ? "numbers, whose length follows from the shape" : "float32, int32, bool or complex64",
                $"'{Printable.Text(type)}'");
        }

        var shape = Elements(Member(entry, "shape", name), $"{name}: shape")
            .Select(dimension => Dimension(dimension, name))
            .Take(MaxRank + 1)
            .ToList();
        if (shape.Count > MaxRank)
        {
            throw Wrong($"{name}: shape", $"at most {MaxRank} dimensions", "more");
        }

        try
        {
            var bytes = shape.Aggregate((long)size, (product, dimension) => checked(product * dimension));
            return (new ManifestTensor(new KerasTensor(name.Split('/')[0], name, shape, type), begin, quantization), bytes);
        }
        catch (OverflowException)
        {
            throw Wrong($"{name}: shape", "less than 2^63 bytes", Printable.Shape(shape));
        }
    }

    private Quantization ReadQuantization(JsonElement value, string name)
    {
        var place = $"{name}: quantization";
        Require(value, JsonValueKind.Object, place);
        return Text(Member(value, "dtype", place), $"{place}: dtype") switch
        {
            "float16" => new Quantization("float16", 1, 0),
            ("uint8" or "uint16") and var type => new Quantization(
                type, Finite(Member(value, "scale", place), $"{place}: scale"), Finite(Member(value, "min", place), $"{place}: min")),
            var other => throw Wrong($"{place}: dtype", "uint8, uint16 or float16", $"'{Printable.Text(other)}'"),
        };
    }

    /// <summary>Reads only the names of layers. An unexpected topology is no fault, since it gives only an order.</summary>
    private void AddLayers(JsonElement model)
    {
        model = Optional(model, "model_config") is { ValueKind: JsonValueKind.Object } whole ? whole : model;
        var config = Optional(model, "config");
        var layers = config is { ValueKind: JsonValueKind.Array } sequential ? sequential : Optional(config, "layers");
        if (layers.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (var layer in layers.EnumerateArray())
        {
            if (Optional(Optional(layer, "config"), "name") is { ValueKind: JsonValueKind.String } name)
            {
                Layers.TryAdd(name.GetString()!, Layers.Count);
            }

            AddLayers(layer);
        }
    }

    private static JsonElement Optional(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    private JsonElement Member(JsonElement element, string name, string place) =>
        element.TryGetProperty(name, out var value) ? value : throw Wrong(place, $"a property '{name}'", "none");

    private JsonElement.ArrayEnumerator Elements(JsonElement element, string place)
    {
        Require(element, JsonValueKind.Array, place);
        return element.EnumerateArray();
    }

    private string Text(JsonElement element, string place)
    {
        Require(element, JsonValueKind.String, place);
        return element.GetString()!;
    }

    private long Dimension(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) && number >= 0
            ? number
            : throw Wrong($"{name}: shape", "whole numbers from 0 to 2^63 - 1", "something else");

    private double Finite(JsonElement element, string place) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Wrong(place, "a finite number", "something else");

    private void Require(JsonElement element, JsonValueKind kind, string place)
    {
        if (element.ValueKind != kind)
        {
            throw Wrong(place, kind.ToString(), element.ValueKind.ToString());
        }
    }

    private PSTransferException Wrong(string place, string expected, string found) =>
        FileFault.Damaged(_path, $"{Printable.Text(place)}: expected {expected}, found {found}");
}
