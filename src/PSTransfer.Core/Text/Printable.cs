using System.Globalization;
using System.Text;

namespace PSTransfer.Core.Text;

/// <summary>
/// Shows text of any origin (names in files, file names, metadata) in messages, views, reports and completions. Characters that are
/// invisible, or that move the text around them, are written as \u001B. So text can neither control a terminal nor pretend to be something
/// else.
/// </summary>
public static class Printable
{
    private const int MaxLength = 200;

    /// <summary>Shows a name within a message, on one line; very long names are cut.</summary>
    public static string Text(string text)
    {
        var end = text.Length <= MaxLength ? text.Length : char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        return Line(text[..end]) + (end < text.Length ? "..." : string.Empty);
    }

    /// <summary>Shows a whole text as one line.</summary>
    public static string Line(string? text) => Escape(text ?? string.Empty, keepsLines: false);

    /// <summary>Shows a text and keeps its line breaks.</summary>
    public static string Lines(string? text) => Escape(text ?? string.Empty, keepsLines: true);

    /// <summary>Shows a shape as Python does: [2, 3].</summary>
    public static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>Shows a record on one line, in the compiler's format.</summary>
    /// <param name="name">The name of the record's type.</param>
    /// <param name="members">The record's PrintMembers method.</param>
    public static string Record(string name, Func<StringBuilder, bool> members)
    {
        var text = new StringBuilder($"{name} {{ ");
        members(text);
        return Line(text.Append(" }").ToString());
    }

    /// <summary>Whether a text contains nothing to escape.</summary>
    public static bool IsPrintable(string text) => Line(text) == text;

    private static string Escape(string text, bool keepsLines)
    {
        // Fast path: most texts are plain ASCII.
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
            {
                Append(text[at++]); // half of a surrogate pair
                continue;
            }

            if (rune.Value == '\n' && keepsLines)
            {
                shown.Append('\n');
            }
            else if (rune.Value == '\r' && keepsLines && at + 1 < text.Length && text[at + 1] == '\n')
            {
                // Windows line ends become \n, as on every other line.
            }
            else if (IsUnfit(rune) && !Joins(text, at))
            {
                foreach (var unit in text.AsSpan(at, rune.Utf16SequenceLength))
                {
                    Append(unit);
                }
            }
            else
            {
                shown.Append(text, at, rune.Utf16SequenceLength);
            }

            at += rune.Utf16SequenceLength;
        }

        return shown.ToString();

        void Append(char unit) => shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");
    }

    /// <summary>
    /// Whether a character is unfit to be shown: control characters, line separators, and characters without a shape of their own
    /// (directions, joiners, byte order marks, noncharacters).
    /// </summary>
    private static bool IsUnfit(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF;

    /// <summary>
    /// Whether a joiner stands between characters that need it. Persian and Indic words and many emoji are spelt with joiners; elsewhere
    /// joiners only deceive.
    /// </summary>
    private static bool Joins(string text, int at) =>
        text[at] is '\u200C' or '\u200D' && at > 0 && at + 1 < text.Length && IsJoined(text[at - 1]) && IsJoined(text[at + 1]);

    private static bool IsJoined(char unit) => unit > '\u02FF'
        && char.GetUnicodeCategory(unit)
            is UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.OtherSymbol or UnicodeCategory.Surrogate;
}
