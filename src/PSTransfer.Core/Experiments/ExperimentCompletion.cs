using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Keys;

namespace PSTransfer.Core.Experiments;

/// <summary>What can stand in the place of a file's values: keys, and the values of those that have a few.</summary>
public static class ExperimentCompletion
{
    /// <summary>What begins like a word: keys up to their =, or beyond it values. Each with what the key is for.</summary>
    public static IEnumerable<(string Text, string Help)> Of(string word)
    {
        var isMatrix = word.StartsWith("matrix.", StringComparison.OrdinalIgnoreCase);
        var keys = isMatrix ? ExperimentMatrix.Keys.Select(one => ($"matrix.{one.Path}", one.Key)) : ExperimentKeys.All.Where(one => !one.Path.StartsWith("train.stages.", StringComparison.Ordinal));
        return keys
            .SelectMany(one => (word.Contains('=', StringComparison.Ordinal) ? Values(one.Key.Schema()).Distinct() : [string.Empty]).Select(value => ($"{one.Item1}={value}", one.Key.Help)))
            .Where(one => one.Item1.StartsWith(word, StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<string> Values(JsonObject schema) =>
    [
        .. schema["type"]?.ToString() == "boolean" ? ["true", "false"] : (schema["enum"] ?? schema["examples"])?.AsArray().Select(one => $"{one}") ?? [],
        .. schema["anyOf"]?.AsArray().SelectMany(one => Values(one!.AsObject())) ?? [],
        .. schema["items"] is JsonObject items ? Values(items) : [],
    ];
}
