using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Experiments.Yaml;

/// <summary>Writes YAML. Sections and their keys have lines of their own; deeper values stand within one line.</summary>
internal static partial class YamlText
{
    /// <summary>Writes a document.</summary>
    public static string Of(YamlMap root)
    {
        var text = new StringBuilder();
        foreach (var entry in root.Entries)
        {
            if (entry.Value is YamlMap { Entries.Count: > 0 } section)
            {
                text.Append(entry.Key).Append(":\n");
                foreach (var own in section.Entries)
                {
                    text.Append("  ").Append(own.Key).Append(": ").Append(Line(own.Value)).Append('\n');
                }
            }
            else
            {
                text.Append(entry.Key).Append(": ").Append(Line(entry.Value)).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>Writes a value within one line.</summary>
    public static string Line(YamlNode node) => node switch
    {
        YamlScalar { IsPlain: true } scalar => scalar.Text,
        YamlScalar scalar => Text(scalar.Text),
        YamlList list => $"[{string.Join(", ", list.Items.Select(Line))}]",
        YamlMap { Entries.Count: 0 } => "{}",
        YamlMap map => $"{{ {string.Join(", ", map.Entries.Select(entry => $"{Text(entry.Key)}: {Line(entry.Value)}"))} }}",
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };

    /// <summary>Writes text so that it is read as text again: in quotes where it could be read as anything else.</summary>
    private static string Text(string text)
    {
        if (Bare().IsMatch(text) && new YamlScalar(text, IsPlain: true, default) is { IsNull: false, Number: null, Switch: null })
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            quoted.Append(letter switch
            {
                '"' or '\\' => $"\\{letter}",
                _ => char.IsSurrogate(letter) || Printable.IsPrintable($"{letter}") ? letter.ToString() : Escaped(letter),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static string Escaped(char letter) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");

    [GeneratedRegex(@"^[A-Za-z_./][A-Za-z0-9_./-]*\z")]
    private static partial Regex Bare();
}
