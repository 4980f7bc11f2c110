using System.Text.RegularExpressions;
using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Experiments;

/// <summary>One run of an experiment: its values of the matrix, and the settings that file and values make together.</summary>
public sealed partial class ExperimentRun
{
    private const int LongestName = 120;

    internal ExperimentRun(
        int number, string name, IReadOnlyList<(string Key, YamlNode Value)> values, YamlMap document, ExperimentSettings settings)
    {
        (Number, Name, Document, Settings) = (number, name, document, settings);
        Values = values.ToDictionary(value => value.Key, value => ObjectOf(value.Value));
    }

    /// <summary>The run's number, from 1, in the order of the matrix.</summary>
    public int Number { get; }

    /// <summary>The experiment's name with the run's values. The name is a valid file name on every system.</summary>
    public string Name { get; }

    /// <summary>The run's values by the keys of the matrix, in the order of the matrix.</summary>
    public IReadOnlyDictionary<string, object?> Values { get; }

    /// <summary>The number of epochs in all stages.</summary>
    public int Epochs => Settings.Train.TotalEpochs;

    /// <summary>The document with the run's values in it, which has the places for errors.</summary>
    internal YamlMap Document { get; }

    internal ExperimentSettings Settings { get; }

    /// <summary>Writes the run's settings, defaults included, as an experiment with this run alone.</summary>
    /// <param name="folder">The folder of the file, to which paths are relative.</param>
    internal string Describe(string folder) =>
        YamlText.Of((YamlMap)ExperimentKeys.Root.Write(Settings with { Name = Name, Output = null }, folder));

    /// <summary>Makes names for all combinations, each different.</summary>
    internal static IReadOnlyList<string> NamesOf(string experiment, IEnumerable<IReadOnlyList<(string Key, YamlNode Value)>> combinations)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. combinations.Select((values, index) =>
        {
            var parts = values.Select(value => $"{value.Key[(value.Key.LastIndexOf('.') + 1)..]}-{YamlText.Line(value.Value)}");
            var name = Plain(string.Join('-', parts.Prepend(experiment)));
            name = name.Length <= LongestName ? name : name[..LongestName];
            return taken.Add(name) ? name : $"{name}-{index + 1}";
        })];
    }

    private static string Plain(string text) => Strange().Replace(text, "-").Trim('-', '.') is { Length: > 0 } plain ? plain : "run";

    private static object? ObjectOf(YamlNode node) => node switch
    {
        YamlScalar { IsNull: true } => null,
        YamlScalar { Whole: { } whole } => whole,
        YamlScalar { Number: { } number } => number,
        YamlScalar { Switch: { } value } => value,
        YamlScalar scalar => scalar.Text,
        _ => YamlText.Line(node),
    };

    [GeneratedRegex(@"[^\p{L}\p{Nd}._+]+")]
    private static partial Regex Strange();
}
