using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace PSTransfer.Host;

/// <summary>
/// Writes the words of a command line as PowerShell would have them typed, by the rules of <c>pwsh -File</c>: every value is a
/// string, -Name starts a parameter, and only -Name:$true and -Name:$false are booleans.
/// </summary>
internal static partial class ScriptArguments
{
    public static string Quote(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    public static string Quote(string word)
    {
        // Negative numbers and lone dashes are values.
        var match = Parameter().Match(word);
        return match.Success ? match.Groups["name"].Value + Value(match.Groups["value"].Value) : Text(word);
    }

    private static string Value(string value) =>
        value.Length == 0 || Boolean().IsMatch(value) ? value : Text(value);

    private static string Text(string value) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";

    [GeneratedRegex(@"^(?<name>-[A-Za-z_]\w*:?)(?<value>(?<=:).*)?$", RegexOptions.Singleline)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\$(true|false)$", RegexOptions.IgnoreCase)]
    private static partial Regex Boolean();
}
