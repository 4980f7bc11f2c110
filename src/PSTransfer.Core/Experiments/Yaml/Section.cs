using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Experiments.Yaml;

/// <summary>A section: keys whose values make a <typeparamref name="T"/>.</summary>
/// <param name="defaults">The values of keys that are left out.</param>
/// <param name="keys">The keys of the section.</param>
/// <param name="validate">Checks ranges and combinations, and throws a PSTransferException at the first fault.</param>
internal sealed class Section<T>(T defaults, IReadOnlyList<Key<T>> keys, Action<T>? validate = null) : ValueKind<T>
    where T : class
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKey> Keys => keys;

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, out T value)
    {
        if (node is not YamlMap && node is not YamlScalar { IsNull: true })
        {
            var first = string.Join(", ", keys.Take(3).Select(one => one.Name));
            return Refuse(node, key, reading, $"a map with {first}{(keys.Count > 3 ? " and others" : string.Empty)}", out value);
        }

        // A section with all its keys commented out has no keys.
        var map = node as YamlMap ?? new YamlMap([], node.Place);
        foreach (var unknown in map.Entries.Where(entry => keys.All(one => one.Name != entry.Key)))
        {
            var path = Below(key, unknown.Key);
            reading.Errors.AddUnknown(
                unknown.Place,
                path,
                () => $"no such key. {ExperimentKeys.Renamed(path) ?? Nearest.Hint(unknown.Key, keys.Select(one => one.Name))}");
        }

        bool IsNeeded(Key<T> one) => one.IsRequired || (one.RequiredWithout is { } other && map.Find(other) is null);
        foreach (var missing in keys.Where(one => IsNeeded(one) && map.Find(one.Name) is null))
        {
            reading.Errors.Add(map.Place, Below(key, missing.Name), $"is missing: {missing.Help}");
        }

        value = Build(map, key, reading);
        Check(value, map, key, reading, validate);
        return true;
    }

    /// <summary>
    /// Reports every fault that <paramref name="check"/> finds. The check throws at the first fault, so it is called again without the
    /// key at fault until it passes. Faults that are only consequences of an earlier one are dropped.
    /// </summary>
    /// <param name="value">The value that the section makes.</param>
    /// <param name="map">The section as it is in the file.</param>
    /// <param name="path">The path of the section.</param>
    /// <param name="reading">Collects the errors.</param>
    /// <param name="check">Throws a PSTransferException at the first fault. Null for no check.</param>
    public void Check(T value, YamlMap map, string path, Reading reading, Action<T>? check)
    {
        using var names = KeyNames.In(path);
        List<Key<T>> without = [];
        for (var round = 0; check is not null && round <= keys.Count; round++)
        {
            try
            {
                check(value);
                return;
            }
            catch (PSTransferException fault)
            {
                var key = keys.FirstOrDefault(one => one.Name == KeyNames.KeyOf(fault, map, keys));
                var isGiven = key is not null && map.Find(key.Name) is not null;
                var follows = (without.Count > 0 && !isGiven)
                    || without.Any(other => fault.Others.Contains(other.Parameter))
                    || (key is not null && IsTold(key, Below(path, key.Name), reading.Errors));
                if (!follows)
                {
                    KeyNames.Place(fault, map, path, reading.Errors, key?.Name);
                }

                if (!isGiven)
                {
                    return;
                }

                without.Add(key!);
                map = map.Without(key!.Name);
                value = Build(map, path, reading with { Errors = new ExperimentErrors() });
            }
        }
    }

    /// <inheritdoc/>
    public override YamlNode Write(object value, string folder) => new YamlMap(
        [
            .. keys
                .Select(key => (key.Name, Value: key.Write((T)value, folder)))
                .Where(pair => pair.Value is not null)
                .Select(pair => new YamlEntry(pair.Name, default, pair.Value!)),
        ],
        default);

    /// <inheritdoc/>
    public override JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (var key in keys)
        {
            var schema = key.Schema();
            schema.Insert(0, "description", key.Help);
            if (!key.IsRequired && key.Write(defaults, string.Empty) is YamlScalar scalar)
            {
                schema["default"] = scalar switch
                {
                    { Whole: { } whole } => whole,
                    { Number: { } number } => number,
                    { Switch: { } value } => value,
                    _ => scalar.Text,
                };
            }

            properties[key.Name] = schema;
        }

        var isNeeded = keys.Any(key => key.IsRequired || key.RequiredWithout is not null);
        var all = new JsonObject
        {
            ["type"] = isNeeded ? "object" : new JsonArray("object", "null"), ["additionalProperties"] = false, ["properties"] = properties,
        };
        if (keys.FirstOrDefault(key => key.RequiredWithout is not null) is { } either)
        {
            all["if"] = new JsonObject { ["required"] = new JsonArray(either.RequiredWithout) };
            all["else"] = new JsonObject { ["required"] = new JsonArray(either.Name) };
        }

        if (keys.Any(key => key.IsRequired))
        {
            all["required"] = new JsonArray([.. keys.Where(key => key.IsRequired).Select(key => JsonValue.Create(key.Name))]);
        }

        return all;
    }

    /// <summary>Whether there is an error at a key already: its value couldn't be read, as a whole or in part.</summary>
    private static bool IsTold(Key<T> key, string path, ExperimentErrors errors) => errors.All.Any(error =>
        error.Key == path
        || error.Key.StartsWith(path + '[', StringComparison.Ordinal)
        || (key.Keys.Count == 0 && error.Key.StartsWith(path + '.', StringComparison.Ordinal)));

    private static string Below(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>The defaults, with the experiment's seed in the place of the section's default seed.</summary>
    private T Seeded(Reading reading) => reading.Seed is { } seed && keys.FirstOrDefault(key => key.Name == "seed") is { } own
        ? own.Read(defaults, Kinds.Whole.Write(seed, string.Empty), string.Empty, reading)
        : defaults;

    private T Build(YamlMap map, string path, Reading reading) => map.Entries.Aggregate(
        Seeded(reading),
        (value, entry) =>
            keys.FirstOrDefault(one => one.Name == entry.Key)?.Read(value, entry.Value, Below(path, entry.Key), reading) ?? value);
}
