using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>Names options of Core's errors and warnings as keys, and finds the keys that errors are about.</summary>
internal static class KeyNames
{
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

    /// <summary>Names options as keys until the result is disposed.</summary>
    /// <param name="section">The path of the section at work, or of a key in it.</param>
    public static IDisposable In(string section) => Option.AsKeys(
        section,
        (parameter, cmdlet, near) => (cmdlet is null ? near : _sections.GetValueOrDefault(cmdlet)) is { } own
            ? ExperimentKeys.PathOf(parameter, own)
            : null);

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
        var text = Below(fault, full);
        if (fault.Item is { } number && value is not null)
        {
            var item = (value as YamlList)?.Items.ElementAtOrDefault(number - 1) ?? value;
            var own = (item as YamlMap)?.Entries
                .FirstOrDefault(entry => IsParameter(entry.Key, fault.Target) || Mention(entry.Value, fault.Target) is not null);
            full = $"{full}[{number}]{(own is null ? string.Empty : $".{own.Key}")}";
            value = own?.Value ?? item;
            text = fault.What;
        }

        errors.Add(value is null ? map.Place : Mention(value, fault.Target) ?? value.Place, full, text);
    }

    /// <summary>The message of a fault under a path, which a message that begins with the path needn't name again.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="path">The path of the key that the message follows.</param>
    public static string Below(PSTransferException fault, string path) =>
        fault.Name == ExperimentKeys.Unnumbered(path) ? fault.What : fault.Message;

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
}
