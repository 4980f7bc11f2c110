using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>A key, whatever its section and its value.</summary>
internal interface IKey
{
    /// <summary>As it stands in the file.</summary>
    string Name { get; }

    /// <summary>What it is for, in a sentence.</summary>
    string Help { get; }

    /// <summary>Whether a section without it is an error.</summary>
    bool IsRequired { get; }

    /// <summary>The key that may stand in its place: a section without both is an error. Null for a key that isn't needed so.</summary>
    string? RequiredWithout { get; }

    /// <summary>The parameter of the same name: epochs and -Epochs.</summary>
    string Parameter { get; }

    /// <summary>The keys within its value; empty where that isn't a section.</summary>
    IReadOnlyList<IKey> Keys { get; }

    /// <summary>The JSON Schema of its value.</summary>
    JsonObject Schema();
}

/// <summary>A key of a section that becomes a <typeparamref name="TOptions"/>.</summary>
internal abstract class Key<TOptions>(string name, string help) : IKey
    where TOptions : class
{
    public string Name { get; } = name;

    public string Help => help;

    public string Parameter { get; init; } = char.ToUpperInvariant(name[0]) + name[1..];

    public bool IsRequired { get; init; }

    public string? RequiredWithout { get; init; }

    public abstract IReadOnlyList<IKey> Keys { get; }

    public abstract JsonObject Schema();

    /// <summary>The options with the value that a node gives; as they were where it gives none, which has been told then.</summary>
    public abstract TOptions Read(TOptions options, YamlNode node, string path, Reading reading);

    /// <summary>The value that the options have; null where they have none.</summary>
    public abstract YamlNode? Write(TOptions options, string folder);
}

/// <summary>A key with a value of a kind.</summary>
/// <param name="name">As it stands in the file: the parameter's name in camelCase.</param>
/// <param name="kind">Of its value.</param>
/// <param name="get">The value in the options; null for none.</param>
/// <param name="set">Puts it there; may refuse it by a PSTransferException.</param>
/// <param name="help">What it is for.</param>
internal sealed class Key<TOptions, TValue>(
    string name, ValueKind<TValue> kind, Func<TOptions, object?> get, Func<TOptions, TValue, TOptions> set, string help) : Key<TOptions>(name, help)
    where TOptions : class
{
    public override IReadOnlyList<IKey> Keys => kind.Keys;

    public override JsonObject Schema() => kind.Schema();

    public override TOptions Read(TOptions options, YamlNode node, string path, Reading reading)
    {
        if (!kind.TryRead(node, path, reading, out var value))
        {
            return options;
        }

        try
        {
            return set(options, value);
        }
        catch (PSTransferException fault)
        {
            reading.Errors.Add(node.Place, path, KeyNames.Below(fault.Message, path));
            return options;
        }
    }

    public override YamlNode? Write(TOptions options, string folder) => get(options) is { } value ? kind.Write(value, folder) : null;
}

/// <summary>A key of a part of the options.</summary>
internal sealed class PartKey<TOptions, TPart>(Key<TPart> key, Func<TOptions, TPart> get, Func<TOptions, TPart, TOptions> set) : Key<TOptions>(key.Name, key.Help)
    where TOptions : class
    where TPart : class
{
    public override IReadOnlyList<IKey> Keys => key.Keys;

    public override JsonObject Schema() => key.Schema();

    public override TOptions Read(TOptions options, YamlNode node, string path, Reading reading) => set(options, key.Read(get(options), node, path, reading));

    public override YamlNode? Write(TOptions options, string folder) => key.Write(get(options), folder);
}
