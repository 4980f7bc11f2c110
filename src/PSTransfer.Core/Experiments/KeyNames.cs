using System.Text.RegularExpressions;

namespace PSTransfer.Core.Experiments;

/// <summary>Core's errors speak of parameters. In a file they are keys.</summary>
internal static partial class KeyNames
{
    /// <summary>The key of a section that a fault is about: its parameter, a parameter that it mentions, or a value that the user gave; null for none.</summary>
    public static string? KeyOf(PSTransferException fault, YamlMap map, IEnumerable<IKey> keys)
    {
        var mentioned = Parameter().Matches(fault.Message).Select(match => match.Groups[1].Value).ToList();
        return keys.FirstOrDefault(key => key.Parameter == fault.Target || key.Parameter + "s" == fault.Target)?.Name
            ?? keys.FirstOrDefault(key => mentioned.Contains(key.Parameter) && map.Find(key.Name) is not null)?.Name
            ?? map.Entries.FirstOrDefault(entry => Mentions(entry.Value, fault.Target))?.Key;
    }

    /// <summary>Tells a fault at a key, or at the section where there is none.</summary>
    /// <param name="fault">What Core found.</param>
    /// <param name="map">The section.</param>
    /// <param name="path">Of the section; empty for the whole file.</param>
    /// <param name="errors">Takes it.</param>
    /// <param name="key">The key; null for the section.</param>
    public static void Place(PSTransferException fault, YamlMap map, string path, ExperimentErrors errors, string? key)
    {
        var full = string.Join('.', new[] { path, key }.Where(part => !string.IsNullOrEmpty(part)));
        errors.Add((key is null ? null : map.Find(key)?.Value.Place) ?? map.Place, full, Translate(fault, full));
    }

    /// <summary>Core's sentence with keys for parameters, and without the key that stands in front of it already.</summary>
    public static string Translate(PSTransferException fault, string path)
    {
        var text = Parameter().Replace(fault.Message, match => ExperimentKeys.PathOf(match.Groups[1].Value, path) ?? match.Value);
        return text.StartsWith(path + " ", StringComparison.Ordinal) || text.StartsWith(path + ":", StringComparison.Ordinal) ? text[(path.Length + 1)..].TrimStart() : text;
    }

    private static bool Mentions(YamlNode node, string? value) => node switch
    {
        YamlScalar scalar => scalar.Text == value,
        YamlList list => list.Items.Any(item => item is YamlScalar scalar && scalar.Text == value),
        _ => false,
    };

    [GeneratedRegex(@"(?<![\w-])-([A-Z][A-Za-z]+)")]
    private static partial Regex Parameter();
}
