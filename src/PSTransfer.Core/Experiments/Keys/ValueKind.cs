using System.Globalization;
using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>Everything that reading a value needs besides the value.</summary>
/// <param name="Errors">Collects the errors.</param>
/// <param name="Folder">The folder that relative paths count from.</param>
/// <param name="Seed">The experiment's seed, for all seeds that aren't given. Null leaves each seed its own default.</param>
internal sealed record Reading(ExperimentErrors Errors, string Folder, int? Seed);

/// <summary>A kind of values, which reads and writes them and describes them to editors.</summary>
internal abstract class ValueKind<T>
{
    /// <summary>Reads a value. False means that the node has no value of this kind, and that the error has been added.</summary>
    public abstract bool TryRead(YamlNode node, string key, Reading reading, out T value);

    /// <summary>Writes a value.</summary>
    /// <param name="value">A value from a key's getter, never null.</param>
    /// <param name="folder">The folder to which paths are written relative.</param>
    public abstract YamlNode Write(object value, string folder);

    /// <summary>Makes the JSON Schema of the kind.</summary>
    public abstract JsonObject Schema();

    /// <summary>The keys within a value. Empty for a value without keys.</summary>
    public virtual IReadOnlyList<IKey> Keys => [];

    /// <summary>Adds the error that a node has no value of this kind.</summary>
    protected static bool Refuse(YamlNode node, string key, Reading reading, string expected, out T value)
    {
        var found = node is YamlScalar { IsNull: true, Place.Line: > 0 } ? "nothing after the colon" : node.Describe();
        var quoted = node is YamlScalar { IsPlain: false } ? " Numbers, true and false stand without quotes." : string.Empty;
        reading.Errors.Add(node.Place, key, $"expected {expected}, found {found}.{quoted}");
        value = default!;
        return false;
    }
}

/// <summary>A kind whose values are single scalars.</summary>
/// <param name="expected">The kind in words, for errors.</param>
/// <param name="read">Reads a scalar; null where it has no such value.</param>
/// <param name="write">Writes a value without quotes.</param>
/// <param name="schema">The type in JSON Schema.</param>
/// <param name="limits">The range in JSON Schema. Reading leaves ranges to the options' own checks, which know more.</param>
internal sealed class ScalarKind<T>(
    string expected, Func<YamlScalar, T?> read, Func<T, string> write, string schema, params (string Keyword, double? Limit)[] limits)
    : ValueKind<T>
    where T : struct
{
    public override bool TryRead(YamlNode node, string key, Reading reading, out T value)
    {
        if (node is YamlScalar scalar && read(scalar) is { } found)
        {
            value = found;
            return true;
        }

        return Refuse(node, key, reading, expected, out value);
    }

    public override YamlNode Write(object value, string folder) => new YamlScalar(write((T)value), IsPlain: true, default);

    public override JsonObject Schema()
    {
        var all = new JsonObject { ["type"] = schema };
        foreach (var (keyword, limit) in limits.Where(one => one.Limit is not null))
        {
            all[keyword] = limit;
        }

        return all;
    }
}

/// <summary>Text, which may look like a number.</summary>
/// <param name="known">Usual texts, which editors offer. Other texts are allowed too.</param>
internal sealed class TextKind(params IEnumerable<string> known) : ValueKind<string>
{
    public override bool TryRead(YamlNode node, string key, Reading reading, out string value)
    {
        if (node is YamlScalar { IsNull: false, Text.Length: > 0 } scalar && !scalar.Text.Contains('\0', StringComparison.Ordinal))
        {
            value = scalar.Text;
            return true;
        }

        return Refuse(node, key, reading, "text", out value);
    }

    public override YamlNode Write(object value, string folder) => new YamlScalar((string)value, IsPlain: false, default);

    public override JsonObject Schema() => Schemas.Text(["string", "number", "boolean"], known);
}

/// <summary>One of some names, without regard to case. Other names are refused later, by the code that looks them up.</summary>
internal sealed class NameKind(IEnumerable<string> names) : ValueKind<string>
{
    public override bool TryRead(YamlNode node, string key, Reading reading, out string value) =>
        Kinds.Text.TryRead(node, key, reading, out value);

    public override YamlNode Write(object value, string folder) => Kinds.Text.Write(value, folder);

    public override JsonObject Schema() => new() { ["anyOf"] = Schemas.Names([.. names]) };
}

/// <summary>A path, which is read as a full path, or one of some words in its place.</summary>
internal sealed class PathKind(params string[] words) : ValueKind<string>
{
    public override bool TryRead(YamlNode node, string key, Reading reading, out string value)
    {
        var expected = words.Length == 0 ? "a path" : $"{string.Join(", ", words)} or a path";
        if (node is not YamlScalar { IsNull: false, Text.Length: > 0 } scalar || scalar.Text.Contains('\0', StringComparison.Ordinal))
        {
            return Refuse(node, key, reading, expected, out value);
        }

        if (words.FirstOrDefault(word => word.Equals(scalar.Text, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            value = found;
            return true;
        }

        if (SwitchWords.Has(scalar.Text))
        {
            return Refuse(node, key, reading, $"{expected} (./{scalar.Text} is one)", out value);
        }

        value = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(reading.Folder, scalar.Text)));
        return true;
    }

    public override YamlNode Write(object value, string folder) => new YamlScalar(Relative((string)value, folder), IsPlain: false, default);

    public override JsonObject Schema() => Schemas.Text(["string", "number"], words);

    private string Relative(string path, string folder)
    {
        if (words.Contains(path))
        {
            return path;
        }

        var relative = Path.GetRelativePath(folder, path).Replace('\\', '/');
        var isWord = SwitchWords.Has(relative) || words.Contains(relative, StringComparer.OrdinalIgnoreCase);
        return isWord ? $"./{relative}" : relative;
    }
}

/// <summary>One of an enum's names, without regard to case.</summary>
internal sealed class ChoiceKind<T> : ValueKind<T>
    where T : struct, Enum
{
    public override bool TryRead(YamlNode node, string key, Reading reading, out T value)
    {
        var names = Enum.GetNames<T>();
        if (node is YamlScalar scalar
            && names.FirstOrDefault(name => name.Equals(scalar.Text, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            value = Enum.Parse<T>(found);
            return true;
        }

        var nearest = node is YamlScalar { IsNull: false } other ? $" {Nearest.Hint(other.Text, names)}" : string.Empty;
        reading.Errors.Add(node.Place, key, $"expected one of {string.Join(", ", names)}, found {node.Describe()}.{nearest}");
        value = default;
        return false;
    }

    public override YamlNode Write(object value, string folder) => new YamlScalar($"{value}", IsPlain: true, default);

    public override JsonObject Schema() => new() { ["anyOf"] = Schemas.Names(Enum.GetNames<T>()) };
}

/// <summary>A list. A single value stands for a list of one, as it does for a cmdlet's parameter.</summary>
internal sealed class ListKind<T>(ValueKind<T> item) : ValueKind<IReadOnlyList<T>>
{
    public override IReadOnlyList<IKey> Keys => item.Keys;

    public override bool TryRead(YamlNode node, string key, Reading reading, out IReadOnlyList<T> value)
    {
        var read = new List<T>();
        var good = true;
        foreach (var (index, one) in (node is YamlList list ? list.Items : [node]).Index())
        {
            var path = item.Keys.Count > 0 ? $"{key}[{index + 1}]" : key;
            var isGood = item.TryRead(one, path, reading, out var found);
            good &= isGood;
            read.Add(found);
        }

        value = new Listed<T>(read);
        return good;
    }

    public override YamlNode Write(object value, string folder) =>
        new YamlList([.. ((IEnumerable<T>)value).Select(one => item.Write(one!, folder))], default);

    public override JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(item.Schema(), new JsonObject { ["type"] = "array", ["items"] = item.Schema() }),
    };
}

/// <summary>Names with numbers above 0.</summary>
internal sealed class NumberTableKind : ValueKind<IReadOnlyDictionary<string, double>>
{
    public override bool TryRead(YamlNode node, string key, Reading reading, out IReadOnlyDictionary<string, double> value)
    {
        if (node is not YamlMap { Entries.Count: > 0 } map)
        {
            return Refuse(node, key, reading, "names with numbers, as in { cat: 1, dog: 2.5 }", out value);
        }

        var table = new Dictionary<string, double>();
        foreach (var entry in map.Entries)
        {
            if (Kinds.Number.TryRead(entry.Value, $"{key}.{entry.Key}", reading, out var number))
            {
                table[entry.Key] = number;
            }
        }

        value = table;
        return table.Count == map.Entries.Count;
    }

    public override YamlNode Write(object value, string folder) => new YamlMap(
        [.. ((IReadOnlyDictionary<string, double>)value).Select(pair =>
            new YamlEntry(pair.Key, default, Kinds.Number.Write(pair.Value, folder)))],
        default);

    public override JsonObject Schema() => new()
    {
        ["type"] = "object", ["additionalProperties"] = Kinds.Above(0).Schema(), ["minProperties"] = 1,
    };
}

/// <summary>A word, or a value of another kind.</summary>
/// <param name="word">The word, which counts without regard to case.</param>
/// <param name="meaning">The value that the word stands for.</param>
/// <param name="other">The other kind.</param>
internal sealed class WordOrKind<T>(string word, T meaning, ValueKind<T> other) : ValueKind<T>
{
    public override IReadOnlyList<IKey> Keys => other.Keys;

    public override bool TryRead(YamlNode node, string key, Reading reading, out T value)
    {
        if (node is not YamlScalar scalar)
        {
            return other.TryRead(node, key, reading, out value);
        }

        value = meaning;
        var others = Keys.Count > 0 ? $"a map with {string.Join(", ", Keys.Select(own => own.Name))}" : "names with numbers";
        return scalar.Text.Equals(word, StringComparison.OrdinalIgnoreCase)
            || Refuse(node, key, reading, $"{word}, or {others}", out value);
    }

    public override YamlNode Write(object value, string folder) =>
        value.Equals(meaning) ? new YamlScalar(word, IsPlain: true, default) : other.Write(value, folder);

    public override JsonObject Schema()
    {
        var choices = Schemas.Names([word]);
        choices.Add(other.Schema());
        return new JsonObject { ["anyOf"] = choices };
    }
}

/// <summary>The kinds that many keys share.</summary>
internal static class Kinds
{
    public static ValueKind<int> Whole { get; } = WholeWith();

    public static ValueKind<double> Number { get; } = NumberWith();

    public static ValueKind<bool> Switch { get; } = new ScalarKind<bool>(
        "true or false", scalar => scalar.Switch, value => value ? "true" : "false", "boolean");

    public static ValueKind<string> Text { get; } = new TextKind();

    public static ValueKind<string> FilePath { get; } = new PathKind();

    public static ValueKind<IReadOnlyList<int>> Wholes { get; } = new ListKind<int>(Whole);

    public static ValueKind<IReadOnlyList<string>> Texts { get; } = new ListKind<string>(Text);

    public static ValueKind<IReadOnlyDictionary<string, double>> NumberTable { get; } = new NumberTableKind();

    public static ValueKind<T> Choice<T>()
        where T : struct, Enum => new ChoiceKind<T>();

    /// <summary>Whole numbers from a smallest one on.</summary>
    public static ValueKind<int> WholeFrom(int least) => WholeWith(("minimum", least));

    /// <summary>Numbers from a smallest one on, and below a limit if there is one.</summary>
    public static ValueKind<double> From(double least, double? below = null) =>
        NumberWith(("minimum", least), ("exclusiveMaximum", below));

    /// <summary>Numbers above a limit, and below another if there is one.</summary>
    public static ValueKind<double> Above(double limit, double? below = null) =>
        NumberWith(("exclusiveMinimum", limit), ("exclusiveMaximum", below));

    /// <summary>Whole numbers of a range.</summary>
    public static ValueKind<int> WholeIn(NumberRange range) => WholeWith(Limits(range));

    /// <summary>Numbers of a range.</summary>
    public static ValueKind<double> NumberIn(NumberRange range) => NumberWith(Limits(range));

    private static (string Keyword, double? Limit)[] Limits(NumberRange range) =>
        [("minimum", range.Least), ("exclusiveMinimum", range.Above), ("exclusiveMaximum", range.Below)];

    private static ScalarKind<int> WholeWith(params (string Keyword, double? Limit)[] limits) =>
        new("a whole number", scalar => scalar.Whole, number => number.ToString(CultureInfo.InvariantCulture), "integer", limits);

    private static ScalarKind<double> NumberWith(params (string Keyword, double? Limit)[] limits) =>
        new("a number", scalar => scalar.Number, number => number.ToString("R", CultureInfo.InvariantCulture), "number", limits);
}
