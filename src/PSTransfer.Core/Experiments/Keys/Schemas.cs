using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>Makes parts of JSON Schemas.</summary>
internal static class Schemas
{
    /// <summary>A schema for text, with examples that editors offer.</summary>
    public static JsonObject Text(IEnumerable<string> types, IEnumerable<string> examples)
    {
        var all = new JsonObject { ["type"] = Array(types) };
        if (examples.Any())
        {
            all["examples"] = Array(examples);
        }

        return all;
    }

    /// <summary>Two schemas for names: the names themselves, which editors offer, and the names without regard to case.</summary>
    public static JsonArray Names(IReadOnlyList<string> names)
    {
        var pattern = string.Join('|', names.Select(name => string.Concat(name.Select(letter =>
            char.IsAsciiLetter(letter)
                ? $"[{char.ToUpperInvariant(letter)}{char.ToLowerInvariant(letter)}]"
                : Regex.Escape($"{letter}")))));
        return [new JsonObject { ["enum"] = Array(names) }, new JsonObject { ["type"] = "string", ["pattern"] = $"^({pattern})$" }];
    }

    private static JsonArray Array(IEnumerable<string> texts) => [.. texts.Select(text => JsonValue.Create(text))];
}
