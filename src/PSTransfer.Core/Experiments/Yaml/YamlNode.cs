using System.Globalization;

namespace PSTransfer.Core.Experiments.Yaml;

/// <summary>A place in a document.</summary>
/// <param name="Source">The file's full path, or the text of an override.</param>
/// <param name="Line">The line, from 1; 0 where there are no lines.</param>
/// <param name="Column">The column, from 1.</param>
internal readonly record struct YamlPlace(string Source, int Line, int Column);

/// <summary>A piece of a YAML document with its place. Immutable.</summary>
internal abstract record YamlNode(YamlPlace Place)
{
    /// <summary>Describes the node, for messages that say "found ...".</summary>
    public abstract string Describe();
}

/// <summary>A single value: text, a number, true, false or nothing.</summary>
/// <param name="Text">The text without quotes.</param>
/// <param name="IsPlain">Whether the text stands without quotes. Only plain text can be a number, true, false or nothing.</param>
/// <param name="Place">The place of the value.</param>
internal sealed record YamlScalar(string Text, bool IsPlain, YamlPlace Place) : YamlNode(Place)
{
    private const int LettersShown = 60;

    /// <summary>Whether there is no value: nothing, ~ or null.</summary>
    public bool IsNull => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");

    /// <summary>The value as a whole number; null where it is none.</summary>
    public int? Whole =>
        IsPlain && int.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The value as a finite number; null where it is none.</summary>
    public double? Number =>
        IsPlain && double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;

    /// <summary>The value as true or false; null where it is neither. YAML 1.2 has no yes and no.</summary>
    public bool? Switch => !IsPlain ? null : Text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    /// <inheritdoc/>
    public override string Describe() => IsNull ? "nothing"
        : $"{(IsPlain ? string.Empty : "the text ")}'{(Text.Length > LettersShown ? Text[..LettersShown] + "..." : Text)}'";
}

/// <summary>A list.</summary>
internal sealed record YamlList(IReadOnlyList<YamlNode> Items, YamlPlace Place) : YamlNode(Place)
{
    /// <inheritdoc/>
    public override string Describe() => $"a list of {Items.Count}";
}

/// <summary>A key with its value.</summary>
internal sealed record YamlEntry(string Key, YamlPlace Place, YamlNode Value);

/// <summary>Keys with values, each key once, in the document's order.</summary>
internal sealed record YamlMap(IReadOnlyList<YamlEntry> Entries, YamlPlace Place) : YamlNode(Place)
{
    /// <summary>The entry of a key; null where there is none. Case counts, as it does in YAML.</summary>
    public YamlEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);

    /// <summary>Makes the map without a key.</summary>
    public YamlMap Without(string key) => this with { Entries = [.. Entries.Where(entry => entry.Key != key)] };

    /// <summary>Makes the map with a value at the end of a path of keys. Maps that are missing on the way are made.</summary>
    public YamlMap With(ReadOnlySpan<string> path, YamlEntry end)
    {
        var key = path[0];
        var old = Find(key);
        var entry = path.Length == 1
            ? end with { Key = key }
            : new YamlEntry(key, old?.Place ?? end.Place, (old?.Value as YamlMap ?? new YamlMap([], end.Place)).With(path[1..], end));
        return this with { Entries = old is null ? [.. Entries, entry] : [.. Entries.Select(one => one.Key == key ? entry : one)] };
    }

    /// <inheritdoc/>
    public override string Describe() => $"a map of {Entries.Count}";
}
