using System.Text.Json;
using System.Text.RegularExpressions;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights.KerasZip;

/// <summary>
/// The names in a .keras file's config.json. It lists the layers in order, with class and name. The groups of weights are named for the
/// classes and counted. The rest of config.json is ignored; a Lambda layer's code is only text here.
/// </summary>
internal sealed partial class KerasConfig
{
    // A model in a model takes four levels; its connections take some more.
    private const int MaxDepth = 256;
    private const int LongestClass = 256;

    // The bound for all paths together; those of the largest published model have 100,000 letters.
    private const int MaxLetters = 1 << 23;

    private readonly string _path;
    private readonly OrderedDictionary<string, string> _names = [];
    private int _letters;

    /// <summary>Reads the names of the layers.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="json">The content of config.json.</param>
    /// <exception cref="PSTransferException">The content isn't JSON, or is deeper or longer than any model's.</exception>
    public KerasConfig(string path, ReadOnlyMemory<byte> json)
    {
        _path = path;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            AddLayers(document.RootElement, string.Empty);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // GetString reports halves of surrogate pairs by an InvalidOperationException.
            throw Wrong($"it is not valid JSON ({exception.Message.TrimEnd('.')})");
        }
    }

    /// <summary>The own names of all layers, including those of models inside the model.</summary>
    public IReadOnlyCollection<string> Layers => _names.Values;

    /// <summary>
    /// Returns a layer's own name and its place among all layers, by its group (layers/conv2d_3). Null for a group that isn't a layer's.
    /// </summary>
    public (string Name, int Place)? Layer(string group) =>
        _names.IndexOf(group.Replace("_layer_checkpoint_dependencies", "layers", StringComparison.Ordinal)) is >= 0 and var place
            ? (_names.GetAt(place).Value, place)
            : null;

    private void AddLayers(JsonElement model, string prefix)
    {
        if (Property(Property(model, "config"), "layers") is not { ValueKind: JsonValueKind.Array } layers)
        {
            return;
        }

        var counts = new Dictionary<string, int>();
        foreach (var layer in layers.EnumerateArray())
        {
            if (Text(Property(layer, "class_name")) is not { Length: <= LongestClass } type)
            {
                continue;
            }

            var group = SnakeCase(type);
            var count = counts[group] = counts.GetValueOrDefault(group, -1) + 1;
            var path = $"{prefix}layers/{group}{(count == 0 ? string.Empty : $"_{count}")}";
            _letters += path.Length;
            if (_letters > MaxLetters)
            {
                throw Wrong("it lists more layers than any network has");
            }

            if ((Text(Property(Property(layer, "config"), "name")) ?? Text(Property(layer, "name"))) is { } name)
            {
                _names.TryAdd(path, name);
            }

            AddLayers(layer, $"{path}/");
        }
    }

    private static JsonElement? Property(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>
    /// Turns a class into Keras' snake case: BatchNormalization becomes batch_normalization, Conv2D conv2d, DepthwiseConv2D
    /// depthwise_conv2d.
    /// </summary>
    private static string SnakeCase(string type)
    {
        var words = NotInAWord().Replace(type, string.Empty);
        words = WordAfterAnything().Replace(words, "$1_$2");
        return CapitalAfterSmall().Replace(words, "$1_$2").ToLowerInvariant();
    }

    [GeneratedRegex(@"\W+")]
    private static partial Regex NotInAWord();

    [GeneratedRegex("(.)([A-Z][a-z]+)")]
    private static partial Regex WordAfterAnything();

    [GeneratedRegex("([a-z])([A-Z])")]
    private static partial Regex CapitalAfterSmall();

    private PSTransferException Wrong(string what) =>
        FileFault.Damaged(_path, $"config.json: {what}");
}
