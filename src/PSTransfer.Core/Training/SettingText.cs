using System.Globalization;

namespace PSTransfer.Core.Training;

/// <summary>Texts of values in a run's identity. Checkpoints keep these texts: a run goes on only from the same ones.</summary>
internal static class SettingText
{
    /// <summary>The text of no value.</summary>
    public const string None = "none";

    /// <summary>The text of a value.</summary>
    public static string Of(object? value) => value switch
    {
        null => None,
        IReadOnlyDictionary<string, double> table when table == TrainingSettings.Balanced => TrainingSettings.Auto,
        IReadOnlyDictionary<string, double> table => string.Join(
            " and ", table.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} = {Of(pair.Value)}")),
        IEnumerable<string> texts => string.Join(", ", texts),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => $"{value}",
    };
}
