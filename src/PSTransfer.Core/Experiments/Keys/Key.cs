using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>A key of any section, with a value of any kind.</summary>
internal interface IKey
{
    /// <summary>The key's name in the file.</summary>
    string Name { get; }

    /// <summary>The key's purpose, in one sentence.</summary>
    string Help { get; }

    /// <summary>Whether a section must have the key.</summary>
    bool IsRequired { get; }

    /// <summary>The key that a section may have in the place of this one: it must have one of them. Null for no such key.</summary>
    string? RequiredWithout { get; }

    /// <summary>The name of the cmdlet's parameter, without the dash: Epochs for epochs.</summary>
    string Parameter { get; }

    /// <summary>The keys within the value. Empty where the value isn't a section.</summary>
    IReadOnlyList<IKey> Keys { get; }

    /// <summary>Makes the JSON Schema of the value.</summary>
    JsonObject Schema();
}

/// <summary>A key of a section whose values make a <typeparamref name="TOptions"/>.</summary>
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

    /// <summary>
    /// Makes options with the value of a node. A node without such a value leaves the options as they were, after an error.
    /// </summary>
    public abstract TOptions Read(TOptions options, YamlNode node, string path, Reading reading);

    /// <summary>Writes the value of the options; null where they have none.</summary>
    public abstract YamlNode? Write(TOptions options, string folder);
}

/// <summary>A key with a value of a kind.</summary>
/// <param name="name">The key's name in the file: the parameter's name in camelCase.</param>
/// <param name="kind">The kind of the value.</param>
/// <param name="get">Reads the value from options; null for none.</param>
/// <param name="set">Makes options with the value. May refuse the value by a PSTransferException.</param>
/// <param name="help">The key's purpose.</param>
internal sealed class Key<TOptions, TValue>(
    string name,
    ValueKind<TValue> kind,
    Func<TOptions, object?> get,
    Func<TOptions, TValue, TOptions> set,
    string help) : Key<TOptions>(name, help)
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

        using var keys = KeyNames.In(path);
        try
        {
            return set(options, value);
        }
        catch (PSTransferException fault)
        {
            reading.Errors.Add(node.Place, path, KeyNames.Below(fault, path));
            return options;
        }
    }

    public override YamlNode? Write(TOptions options, string folder) => get(options) is { } value ? kind.Write(value, folder) : null;
}

/// <summary>A key whose value belongs to a part of the options.</summary>
internal sealed class PartKey<TOptions, TPart>(Key<TPart> key, Func<TOptions, TPart> get, Func<TOptions, TPart, TOptions> set)
    : Key<TOptions>(key.Name, key.Help)
    where TOptions : class
    where TPart : class
{
    public override IReadOnlyList<IKey> Keys => key.Keys;

    public override JsonObject Schema() => key.Schema();

    public override TOptions Read(TOptions options, YamlNode node, string path, Reading reading) =>
        set(options, key.Read(get(options), node, path, reading));

    public override YamlNode? Write(TOptions options, string folder) => key.Write(get(options), folder);
}
