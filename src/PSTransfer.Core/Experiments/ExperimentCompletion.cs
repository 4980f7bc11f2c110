using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Keys;

namespace PSTransfer.Core.Experiments;

/// <summary>Completes overrides: keys, and the values of keys that have few of them.</summary>
public static class ExperimentCompletion
{
    /// <summary>
    /// The texts that begin like a word, each with its key's purpose. A word with = is completed to values, any other to keys.
    /// </summary>
    public static IEnumerable<(string Text, string Help)> Of(string word)
    {
        var isMatrix = word.StartsWith("matrix.", StringComparison.OrdinalIgnoreCase);
        var keys = isMatrix
            ? ExperimentMatrix.Keys.Select(one => (Path: $"matrix.{one.Path}", one.Key))
            : ExperimentKeys.All.Where(one => !one.Path.StartsWith("train.stages.", StringComparison.Ordinal));
        var hasValue = word.Contains('=', StringComparison.Ordinal);
        return
            from one in keys
            from value in hasValue ? Values(one.Key.Schema()).Distinct() : [string.Empty]
            let text = $"{one.Path}={value}"
            where text.StartsWith(word, StringComparison.OrdinalIgnoreCase)
            select (text, one.Key.Help);
    }

    private static IEnumerable<string> Values(JsonObject schema) =>
    [
        .. schema["type"]?.ToString() == "boolean"
            ? ["true", "false"]
            : (schema["enum"] ?? schema["examples"])?.AsArray().Select(one => $"{one}") ?? [],
        .. schema["anyOf"]?.AsArray().SelectMany(one => Values(one!.AsObject())) ?? [],
        .. schema["items"] is JsonObject items ? Values(items) : [],
    ];
}
