using System.Text.RegularExpressions;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>Finds the keys that stand for parameters in Core's errors and warnings, and says keys in the place of parameters.</summary>
internal static partial class KeyNames
{
    /// <summary>A parameter with its value, as PowerShell writes them.</summary>
    private const string Argument = @"(?<parameter>-[A-Z][A-Za-z]+( (\d+(\.\d+)?(, \d+)*|[A-Z]\w*(?!-)\b))?)";

    /// <summary>The section of each cmdlet.</summary>
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
    /// The key of a section that a fault is about; null for none. That is the key of the fault's target, else a given key of a parameter
    /// that the fault names, else a key whose value is the fault's target.
    /// </summary>
    /// <param name="fault">The fault.</param>
    /// <param name="map">The section as it is in the file.</param>
    /// <param name="keys">The keys that the section may have.</param>
    public static string? KeyOf(PSTransferException fault, YamlMap map, IEnumerable<IKey> keys)
    {
        string?[] named = [fault.Parameter, .. fault.Others];
        return keys.FirstOrDefault(key => key.Parameter == fault.Target)?.Name
            ?? keys.FirstOrDefault(key => named.Contains(key.Parameter) && map.Find(key.Name) is not null)?.Name
            ?? map.Entries.FirstOrDefault(entry => Mention(entry.Value, fault.Target) is not null)?.Key;
    }

    /// <summary>
    /// Adds a fault as an error at a key. A fault of one item of a list is placed at the item, and a fault without a key at the section.
    /// </summary>
    /// <param name="fault">The fault.</param>
    /// <param name="map">The section as it is in the file.</param>
    /// <param name="path">The path of the section; empty for the whole file.</param>
    /// <param name="errors">Collects the errors.</param>
    /// <param name="key">The key; null for the section.</param>
    public static void Place(PSTransferException fault, YamlMap map, string path, ExperimentErrors errors, string? key)
    {
        var full = string.Join('.', new[] { path, key }.Where(part => !string.IsNullOrEmpty(part)));
        var value = key is null ? null : map.Find(key)?.Value;
        var text = fault.Message;
        if (fault.Item is { } number && value is not null)
        {
            var item = (value as YamlList)?.Items.ElementAtOrDefault(number - 1) ?? value;
            var own = (item as YamlMap)?.Entries
                .FirstOrDefault(entry => IsParameter(entry.Key, fault.Target) || Mention(entry.Value, fault.Target) is not null);
            full = $"{full}[{number}]{(own is null ? string.Empty : $".{own.Key}")}";
            value = own?.Value ?? item;
            text = fault.What;
        }

        errors.Add(value is null ? map.Place : Mention(value, fault.Target) ?? value.Place, full, Below(text, full));
    }

    /// <summary>Translates a sentence that follows a path, and leaves the path out where the sentence begins with it too.</summary>
    /// <param name="sentence">A sentence of Core.</param>
    /// <param name="path">The path that stands in front of the sentence.</param>
    public static string Below(string sentence, string path)
    {
        var text = Translate(sentence, path);
        return text.StartsWith(path + " ", StringComparison.Ordinal) || text.StartsWith(path + ":", StringComparison.Ordinal)
            ? text[(path.Length + 1)..].TrimStart()
            : text;
    }

    /// <summary>Translates a sentence of Core to keys: "Add-ClassifierHead -ClassCount 2 -Force" becomes "head.classCount: 2".</summary>
    /// <param name="text">The sentence.</param>
    /// <param name="near">The key or section that the sentence is about.</param>
    public static string Translate(string text, string near)
    {
        text = Aside().Replace(text, string.Empty).Replace("Set-FreezeMode ", "Set-FreezeMode -Mode ", StringComparison.Ordinal);
        return Command().Replace(text, match =>
        {
            var cmdlet = match.Groups["cmdlet"].Value;
            var section = cmdlet.Length == 0 ? near : _sections.GetValueOrDefault(cmdlet);
            var parameters = match.Groups["parameter"].Captures
                .Select(one => one.Value)
                .Where(one => cmdlet.Length == 0 || one != "-Force");
            return section is null ? match.Value : string.Join(" and ", parameters.Select(Key));

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

    private static bool IsParameter(string key, string? parameter) =>
        key.Length > 0 && char.ToUpperInvariant(key[0]) + key[1..] == parameter;

    /// <summary>The place of a text that the user gave, as a value or as the key of a table; null for none.</summary>
    private static YamlPlace? Mention(YamlNode node, string? text) => node switch
    {
        YamlScalar scalar when scalar.Text == text => scalar.Place,
        YamlList list => list.Items.Select(item => Mention(item, text)).FirstOrDefault(place => place is not null),
        YamlMap map => map.Entries
            .Select(entry => entry.Key == text ? entry.Place : Mention(entry.Value, text))
            .FirstOrDefault(place => place is not null),
        _ => null,
    };

    /// <summary>The cmdlet that takes a parameter, as an aside after it. A key says that itself.</summary>
    [GeneratedRegex(@" \((Import-ImageDataset|New-Backbone|Add-ClassifierHead)( -Force)?\)|(?<=-[A-Z][A-Za-z]+) of Import-ImageDataset")]
    private static partial Regex Aside();

    /// <summary>
    /// PowerShell in a sentence: parameters, each with a value if one follows, and the cmdlet before them if there is one.
    /// </summary>
    [GeneratedRegex(@"(?<![\w-])((?<cmdlet>[A-Z][a-z]+-[A-Z][A-Za-z]+) )?" + Argument + "( " + Argument + ")*")]
    private static partial Regex Command();
}
