using System.Globalization;

namespace PSTransfer.Core.Experiments.Yaml;

/// <summary>Where something stands.</summary>
/// <param name="Source">The file's full path, or the override that it came with.</param>
/// <param name="Line">From 1; 0 where there are no lines.</param>
/// <param name="Column">From 1.</param>
internal readonly record struct YamlPlace(string Source, int Line, int Column);

/// <summary>A piece of a YAML document that knows where it stands. Immutable.</summary>
internal abstract record YamlNode(YamlPlace Place)
{
    /// <summary>What it is, for "found ...".</summary>
    public abstract string Describe();
}

/// <summary>Text, as it stands in the document.</summary>
/// <param name="Text">Without quotes.</param>
/// <param name="IsPlain">Whether it stood without quotes, and may be a number, true, false or nothing.</param>
/// <param name="Place">Where.</param>
internal sealed record YamlScalar(string Text, bool IsPlain, YamlPlace Place) : YamlNode(Place)
{
    private const int LettersShown = 60;

    /// <summary>Nothing was given: an empty value, ~ or null.</summary>
    public bool IsNull => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");

    /// <summary>The whole number it is; null where it is none.</summary>
    public int? Whole => IsPlain && int.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The finite number it is; null where it is none.</summary>
    public double? Number => IsPlain && double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <summary>True or false; null where it is neither. YAML 1.2 has no yes and no.</summary>
    public bool? Switch => !IsPlain ? null : Text switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null };

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
    /// <summary>The entry of a key; null where there is none. Keys are told apart by case, as YAML does.</summary>
    public YamlEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);

    /// <summary>The map without a key.</summary>
    public YamlMap Without(string key) => this with { Entries = [.. Entries.Where(entry => entry.Key != key)] };

    /// <summary>The map with a value at the end of a path of keys; maps on the way are made where there are none.</summary>
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
