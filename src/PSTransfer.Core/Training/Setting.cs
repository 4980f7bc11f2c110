using System.Globalization;

namespace PSTransfer.Core.Training;

/// <summary>
/// A row in a table of settings: one option, by the name of its parameter, with all that readers and writers need to know.
/// </summary>
/// <param name="name">The parameter's name, without the dash.</param>
/// <param name="help">What the option does, in one sentence.</param>
internal abstract class Setting<TOptions>(string name, string help)
{
    /// <summary>The parameter's name, without the dash.</summary>
    public string Name { get; } = name;

    /// <summary>What the option does, in one sentence.</summary>
    public string Help { get; } = help;

    /// <summary>The properties of the options that the row reads and writes.</summary>
    public IReadOnlyList<string> Properties { get; init; } = [name];

    /// <summary>The numbers that are allowed.</summary>
    public NumberRange Range { get; init; }

    /// <summary>Words that are usual values, or that stand in the place of a path or a table.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whether a run goes on from a checkpoint only if the option is the same.</summary>
    public required bool IsIdentity { get; init; }

    /// <summary>The option's text in a run's identity; null where the option has no text there.</summary>
    public Func<TOptions, string?> Identity => IdentityText ?? (options => SettingText.Of(Used(options)));

    /// <summary>The text in a run's identity, where it isn't the text of <see cref="Used"/>.</summary>
    public Func<TOptions, string?>? IdentityText { get; init; }

    /// <summary>The value in the options; null for none.</summary>
    public abstract Func<TOptions, object?> Get { get; }

    /// <summary>The value that a run uses: another than <see cref="Get"/>'s only where a default depends on other options.</summary>
    public Func<TOptions, object?> Used => UsedValue ?? Get;

    /// <summary>The value that a run uses, where it isn't that of <see cref="Get"/>.</summary>
    public Func<TOptions, object?>? UsedValue { get; init; }

    /// <summary>Checks that the number is in the range.</summary>
    /// <param name="options">The options.</param>
    /// <param name="require">Takes whether the check holds, the name, and what is wrong otherwise. May throw.</param>
    public void RequireInRange(TOptions options, Action<bool, string, string> require)
    {
        var value = Used(options);
        require(value is null || Range.Has(Convert.ToDouble(value, CultureInfo.InvariantCulture)), Name, $"must be {Range}, not {value}");
    }
}

/// <summary>A row with the type of its value.</summary>
/// <param name="name">The parameter's name, without the dash.</param>
/// <param name="get">Reads the value; null for none.</param>
/// <param name="set">Makes options with another value. May refuse the value by a PSTransferException.</param>
/// <param name="help">What the option does, in one sentence.</param>
internal sealed class Setting<TOptions, TValue>(string name, Func<TOptions, object?> get, Func<TOptions, TValue, TOptions> set, string help)
    : Setting<TOptions>(name, help)
{
    /// <inheritdoc/>
    public override Func<TOptions, object?> Get => get;

    /// <summary>Makes options with another value. May refuse the value by a PSTransferException.</summary>
    public Func<TOptions, TValue, TOptions> Set => set;
}
