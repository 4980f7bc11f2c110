using System.Text.Json;
using System.Text.RegularExpressions;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights.KerasZip;

/// <summary>
/// What a .keras file's config.json says about names: it lists the layers in order with class and name, and the groups of weights are named
/// for the classes and counted. Nothing else in it is looked at; a Lambda layer's code is text like any other.
/// </summary>
internal sealed partial class KerasConfig
{
    // A model in a model takes four levels, its connections some more.
    private const int MaxDepth = 256;
    private const int LongestClass = 256;

    // All paths together; those of the largest published model have 100,000.
    private const int MaxLetters = 1 << 23;

    private readonly string _path;
    private readonly OrderedDictionary<string, string> _names = [];
    private int _letters;

    /// <summary>Reads the names.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="json">config.json.</param>
    /// <exception cref="PSTransferException">It isn't JSON, or deeper or longer than any model's.</exception>
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
            // InvalidOperationException is how GetString reports halves of surrogate pairs.
            throw Wrong($"it is not valid JSON ({exception.Message.TrimEnd('.')})");
        }
    }

    /// <summary>All layers' own names, those of models inside of the model too.</summary>
    public IReadOnlyCollection<string> Layers => _names.Values;

    /// <summary>The layer's own name by its group (layers/conv2d_3), and its place among all; null for a group that is none.</summary>
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

    /// <summary>Keras' own rule: BatchNormalization becomes batch_normalization, Conv2D conv2d, DepthwiseConv2D depthwise_conv2d.</summary>
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
