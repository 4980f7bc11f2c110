using System.Text.RegularExpressions;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>Core's errors speak of parameters. In a file they are keys.</summary>
internal static partial class KeyNames
{
    /// <summary>The sections that stand for cmdlets.</summary>
    private static readonly Dictionary<string, string> _sections = new()
    {
        ["Import-ImageDataset"] = "data",
        ["Split-ImageDataset"] = "data.split",
        ["New-Backbone"] = "backbone",
        ["Add-ClassifierHead"] = "head",
        ["Set-FreezeMode"] = "freeze",
        ["Invoke-FineTune"] = "train",
        ["Measure-TransferModel"] = "evaluate",
        ["Test-LearningPhase"] = "evaluate.learningPhase",
    };

    /// <summary>
    /// The key of a section that a fault is about: its parameter, a parameter that it mentions, or a value that the user gave; null for
    /// none.
    /// </summary>
    public static string? KeyOf(PSTransferException fault, YamlMap map, IEnumerable<IKey> keys)
    {
        return keys.FirstOrDefault(key => key.Parameter == fault.Target)?.Name
            ?? keys.FirstOrDefault(key => (key.Parameter == fault.Parameter || fault.Others.Contains(key.Parameter)) && map.Find(key.Name) is not null)?.Name
            ?? map.Entries.FirstOrDefault(entry => Mention(entry.Value, fault.Target) is not null)?.Key;
    }

    /// <summary>
    /// Tells a fault at a key, within its value if it is about one of several there, or at the section where there is none.
    /// </summary>
    /// <param name="fault">What Core found.</param>
    /// <param name="map">The section.</param>
    /// <param name="path">Of the section; empty for the whole file.</param>
    /// <param name="errors">Takes it.</param>
    /// <param name="key">The key; null for the section.</param>
    public static void Place(PSTransferException fault, YamlMap map, string path, ExperimentErrors errors, string? key)
    {
        var full = string.Join('.', new[] { path, key }.Where(part => !string.IsNullOrEmpty(part)));
        var value = key is null ? null : map.Find(key)?.Value;
        var text = fault.Message;

        if (fault.Item is { } number && value is not null)
        {
            var item = (value as YamlList)?.Items.ElementAtOrDefault(number - 1) ?? value;
            var own = (item as YamlMap)?.Entries.FirstOrDefault(entry => IsParameter(entry.Key, fault.Target) || Mention(entry.Value, fault.Target) is not null);
            (full, value) = (FormattableString.Invariant($"{full}[{number}]{(own is null ? string.Empty : $".{own.Key}")}"), own?.Value ?? item);
            text = fault.What;
        }

        errors.Add(value is null ? map.Place : Mention(value, fault.Target) ?? value.Place, full, Below(text, full));
    }

    /// <summary>Core's sentence with keys for parameters, and without the key that stands in front of it already.</summary>
    public static string Below(string sentence, string path)
    {
        var text = Translate(sentence, path);
        return text.StartsWith(path + " ", StringComparison.Ordinal) || text.StartsWith(path + ":", StringComparison.Ordinal) ? text[(path.Length + 1)..].TrimStart() : text;
    }

    /// <summary>Core's sentence with keys for parameters: "Add-ClassifierHead -ClassCount 2 -Force" is head.classCount: 2.</summary>
    /// <param name="text">The sentence.</param>
    /// <param name="near">The key or section that it is about.</param>
    public static string Translate(string text, string near)
    {
        text = Aside().Replace(text, string.Empty).Replace("Set-FreezeMode ", "Set-FreezeMode -Mode ", StringComparison.Ordinal);
        return Command().Replace(text, match =>
        {
            var cmdlet = match.Groups["cmdlet"].Value;
            var section = cmdlet.Length == 0 ? near : _sections.GetValueOrDefault(cmdlet);
            return section is null ? match.Value : string.Join(" and ", match.Groups["parameter"].Captures.Select(one => one.Value).Where(one => cmdlet.Length == 0 || one != "-Force").Select(Key));

            string Key(string parameter)
            {
                var (name, value) = parameter[1..].Split(' ', 2) is [var first, var second] ? (first, second) : (parameter[1..], null);
                var isYaml = value is not null && (cmdlet.Length > 0 || char.IsAsciiDigit(value[0]));
                return ExperimentKeys.PathOf(name, section) is not { } path ? parameter
                    : !isYaml ? $"{path}{(value is null ? string.Empty : $" {value}")}"
                    : $"{path}: {(value!.Contains(',', StringComparison.Ordinal) ? $"[{value}]" : value)}";
            }
        });
    }

    private static bool IsParameter(string key, string? parameter) => key.Length > 0 && char.ToUpperInvariant(key[0]) + key[1..] == parameter;

    /// <summary>Where the user gave a text, as a value or as the key of a table; null for nowhere.</summary>
    private static YamlPlace? Mention(YamlNode node, string? text) => node switch
    {
        YamlScalar scalar when scalar.Text == text => scalar.Place,
        YamlList list => list.Items.Select(item => Mention(item, text)).FirstOrDefault(place => place is not null),
        YamlMap map => map.Entries.Select(entry => entry.Key == text ? entry.Place : Mention(entry.Value, text)).FirstOrDefault(place => place is not null),
        _ => null,
    };

    /// <summary>Which cmdlet takes a parameter, where the parameter says it all.</summary>
    [GeneratedRegex(@" \((Import-ImageDataset|New-Backbone|Add-ClassifierHead)( -Force)?\)|(?<=-[A-Z][A-Za-z]+) of Import-ImageDataset")]
    private static partial Regex Aside();

    /// <summary>Parameters, each with a value if one follows, and the cmdlet before them if there is one.</summary>
    [GeneratedRegex(@"(?<![\w-])((?<cmdlet>[A-Z][a-z]+-[A-Z][A-Za-z]+) )?(?<parameter>-[A-Z][A-Za-z]+( (\d+(\.\d+)?(, \d+)*|[A-Z]\w*(?!-)\b))?)( (?<parameter>-[A-Z][A-Za-z]+( (\d+(\.\d+)?(, \d+)*|[A-Z]\w*(?!-)\b))?))*")]
    private static partial Regex Command();
}
