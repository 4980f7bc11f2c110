namespace PSTransfer.Core.Text;

/// <summary>Writes texts so that PowerShell takes them as they are.</summary>
public static class PowerShellQuoting
{
    private const int MostDigits = 9;

    /// <summary>A text as an argument: bare where it can stand so, else in quotes.</summary>
    public static string Argument(string text) => IsBare(text) ? text : Quoted(text);

    /// <summary>
    /// A text in quotes: single ones, or double ones around what isn't shown. PowerShell takes the typographic ones for quotes, too.
    /// </summary>
    public static string Quoted(string text) => Printable.IsPrintable(text)
        ? $"'{string.Concat(text.Select(Doubled))}'"
        : $"\"{string.Concat(text.Select(Escaped))}\"";

    /// <summary>The text that a person has begun to type, without the quotes that it may begin and end with.</summary>
    public static string Unquote(string typed) => typed switch
    {
        ['\'', .. var rest] => rest.TrimEnd('\'').Replace("''", "'", StringComparison.Ordinal),
        ['"', .. var rest] => rest.TrimEnd('"').Replace("`", string.Empty, StringComparison.Ordinal),
        _ => typed,
    };

    private static string Doubled(char letter) =>
        letter is '\'' or '\u2018' or '\u2019' or '\u201A' or '\u201B' ? $"{letter}{letter}" : $"{letter}";

    private static string Escaped(char letter) => letter is '"' or '`' or '$' or '\u201C' or '\u201D' or '\u201E' ? $"`{letter}"
        : char.IsSurrogate(letter) || Printable.IsPrintable($"{letter}") ? $"{letter}"
        : $"`u{{{(int)letter:X}}}";

    /// <summary>
    /// Whether a text can stand without quotes: a word that begins with a letter (no number, operator or parameter), or a whole number.
    /// </summary>
    private static bool IsBare(string text) =>
        text.Length > 0
        && ((char.IsLetter(text[0]) || text[0] == '_')
            && text.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '.' or '-' or '/' or '=' or ':')
            || (text.Length <= MostDigits && text.All(char.IsAsciiDigit) && (text[0] != '0' || text.Length == 1)));
}
