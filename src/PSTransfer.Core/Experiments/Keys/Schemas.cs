using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>Parts of JSON Schemas.</summary>
internal static class Schemas
{
    /// <summary>Text, with examples that editors offer.</summary>
    public static JsonObject Text(IEnumerable<string> types, IEnumerable<string> examples)
    {
        var all = new JsonObject { ["type"] = Array(types) };
        if (examples.Any())
        {
            all["examples"] = Array(examples);
        }

        return all;
    }

    /// <summary>Names, which editors offer, and the same in any case.</summary>
    public static JsonArray Names(IReadOnlyList<string> names)
    {
        var pattern = string.Join('|', names.Select(name => string.Concat(name.Select(letter =>
            char.IsAsciiLetter(letter) ? $"[{char.ToUpperInvariant(letter)}{char.ToLowerInvariant(letter)}]" : Regex.Escape($"{letter}")))));
        return [new JsonObject { ["enum"] = Array(names) }, new JsonObject { ["type"] = "string", ["pattern"] = $"^({pattern})$" }];
    }

    private static JsonArray Array(IEnumerable<string> texts) => [.. texts.Select(text => JsonValue.Create(text))];
}
