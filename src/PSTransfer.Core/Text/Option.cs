namespace PSTransfer.Core.Text;

/// <summary>
/// Names options in messages. At a prompt an option is a parameter, as in -Epochs. Within an experiment it is a key, as in train.epochs.
/// </summary>
internal static class Option
{
    private static readonly AsyncLocal<Vocabulary?> _present = new();

    /// <summary>Finds the path of an option's key; null for an option without a key.</summary>
    /// <param name="parameter">The parameter's name, without the dash.</param>
    /// <param name="cmdlet">The cmdlet that has the parameter; null for the one at work.</param>
    /// <param name="section">The section at work.</param>
    public delegate string? KeyFinder(string parameter, string? cmdlet, string section);

    /// <summary>Names options as keys until the result is disposed.</summary>
    /// <param name="section">The section at work, or a key in it.</param>
    /// <param name="find">Finds the keys.</param>
    public static IDisposable AsKeys(string section, KeyFinder find) => new Scope(new Vocabulary(section, find));

    /// <summary>Names keys of a table, such as a stage's, until the result is disposed. A prompt names parameters as before.</summary>
    /// <param name="parameter">The parameter that takes the table, without the dash.</param>
    public static IDisposable Under(string parameter) =>
        new Scope(KeyOf(parameter, null) is { } key ? _present.Value! with { Section = key } : _present.Value);

    /// <summary>Names an option: "-Epochs", or "train.epochs".</summary>
    /// <param name="parameter">The parameter's name, without the dash.</param>
    /// <param name="of">The cmdlet that has the parameter, named before it at a prompt; null for the one at work.</param>
    public static string Name(string parameter, string? of = null) =>
        KeyOf(parameter, of) ?? $"{(of is null ? string.Empty : $"{of} ")}-{parameter}";

    /// <summary>Names an option with a value: "Add-ClassifierHead -ClassCount 2", or "head.classCount: 2".</summary>
    /// <inheritdoc cref="Name"/>
    public static string Set(string parameter, object value, string? of = null) =>
        $"{Name(parameter, of)}{(KeyOf(parameter, of) is null ? string.Empty : ":")} {value}";

    /// <summary>Names an option with a list: "-ImageSize 8, 8", or "data.imageSize: [8, 8]".</summary>
    /// <inheritdoc cref="Name"/>
    public static string Set<T>(string parameter, IReadOnlyList<T> items)
    {
        var list = string.Join(", ", items);
        return Set(parameter, (object)(KeyOf(parameter, null) is null ? list : $"[{list}]"));
    }

    /// <summary>Names the option that a cmdlet takes first: "Set-FreezeMode None", or "freeze.mode: None".</summary>
    /// <inheritdoc cref="Name"/>
    public static string SetFirst(string parameter, object value, string of) =>
        KeyOf(parameter, of) is null ? $"{of} {value}" : Set(parameter, value, of);

    /// <summary>Names a further option of the command before: " -Layer", or " and freeze.layer".</summary>
    /// <inheritdoc cref="Name"/>
    public static string Also(string parameter, string? of = null) =>
        KeyOf(parameter, of) is { } key ? $" and {key}" : $" -{parameter}";

    /// <summary>Names a further option with a value: " -Channels 3", or " and data.channels: 3".</summary>
    /// <inheritdoc cref="Name"/>
    public static string AlsoSet(string parameter, object value) =>
        $"{(KeyOf(parameter, null) is null ? " " : " and ")}{Set(parameter, value)}";

    /// <summary>Gives words that belong to a prompt alone, such as a cmdlet in brackets; empty within an experiment.</summary>
    public static string AtPrompt(string words) => _present.Value is null ? words : string.Empty;

    private static string? KeyOf(string parameter, string? cmdlet) =>
        _present.Value is { } keys ? keys.Find(parameter, cmdlet, keys.Section) : null;

    /// <summary>How an experiment names options.</summary>
    private sealed record Vocabulary(string Section, KeyFinder Find);

    /// <summary>The time in which a vocabulary holds. The one before comes back at its end.</summary>
    private sealed class Scope : IDisposable
    {
        private readonly Vocabulary? _before = _present.Value;

        public Scope(Vocabulary? keys) => _present.Value = keys;

        public void Dispose() => _present.Value = _before;
    }
}
