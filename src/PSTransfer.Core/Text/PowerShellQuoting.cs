namespace PSTransfer.Core.Text;

/// <summary>Writes texts so that PowerShell reads them literally.</summary>
public static class PowerShellQuoting
{
    private const int MostDigits = 9;

    /// <summary>Writes a text as an argument: without quotes if possible, else quoted.</summary>
    public static string Argument(string text) => IsBare(text) ? text : Quoted(text);

    /// <summary>
    /// Quotes a text: in single quotes, or in double quotes if it has invisible characters. PowerShell also takes typographic quotes for
    /// quotes.
    /// </summary>
    public static string Quoted(string text) => Printable.IsPrintable(text)
        ? $"'{string.Concat(text.Select(Doubled))}'"
        : $"\"{string.Concat(text.Select(Escaped))}\"";

    /// <summary>Returns the text that a user has begun to type, without quotes at its beginning and end.</summary>
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
    /// Whether a text needs no quotes: a word that begins with a letter (no number, operator or parameter), or a whole number.
    /// </summary>
    private static bool IsBare(string text) =>
        text.Length > 0
        && ((char.IsLetter(text[0]) || text[0] == '_')
            && text.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '.' or '-' or '/' or '=' or ':')
            || (text.Length <= MostDigits && text.All(char.IsAsciiDigit) && (text[0] != '0' || text.Length == 1)));
}
