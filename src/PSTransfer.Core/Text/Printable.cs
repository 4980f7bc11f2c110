using System.Globalization;
using System.Text;

namespace PSTransfer.Core.Text;

/// <summary>
/// The one way in which text of any origin (names in files, names of files, metadata) is shown: in messages, views, reports, completions.
/// What can't be seen, or moves what is around it, is written as \u001B, so that it can neither steer a terminal nor pose as something
/// else.
/// </summary>
public static class Printable
{
    private const int MaxLength = 200;

    /// <summary>A name within a message: one line, cut where it is very long.</summary>
    public static string Text(string text)
    {
        var end = text.Length <= MaxLength ? text.Length : char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        return Line(text[..end]) + (end < text.Length ? "..." : string.Empty);
    }

    /// <summary>A text as one line, whole.</summary>
    public static string Line(string? text) => Escape(text ?? string.Empty, keepsLines: false);

    /// <summary>A text whose lines end where they did.</summary>
    public static string Lines(string? text) => Escape(text ?? string.Empty, keepsLines: true);

    /// <summary>A shape as Python shows it: [2, 3].</summary>
    public static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>A record as the compiler would write it, on one line.</summary>
    /// <param name="name">Its type's.</param>
    /// <param name="members">The record's PrintMembers.</param>
    public static string Record(string name, Func<StringBuilder, bool> members)
    {
        var text = new StringBuilder($"{name} {{ ");
        members(text);
        return Line(text.Append(" }").ToString());
    }

    /// <summary>Whether a text has nothing to escape.</summary>
    public static bool IsPrintable(string text) => Line(text) == text;

    private static string Escape(string text, bool keepsLines)
    {
        // Most texts are letters of ASCII alone.
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
            {
                Append(text[at++]); // half of a pair
                continue;
            }

            if (rune.Value == '\n' && keepsLines)
            {
                shown.Append('\n');
            }
            else if (rune.Value == '\r' && keepsLines && at + 1 < text.Length && text[at + 1] == '\n')
            {
                // Windows' line ends become those that the rest has.
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
    /// Control characters, line separators, and what has no shape of its own: directions, joiners, marks of byte order, noncharacters.
    /// </summary>
    private static bool IsUnfit(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF;

    /// <summary>Persian and Indic words and many an emoji are spelt with joiners, which are letters there and tricks elsewhere.</summary>
    private static bool Joins(string text, int at) =>
        text[at] is '\u200C' or '\u200D' && at > 0 && at + 1 < text.Length && IsJoined(text[at - 1]) && IsJoined(text[at + 1]);

    private static bool IsJoined(char unit) => unit > '\u02FF'
        && char.GetUnicodeCategory(unit)
            is UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.OtherSymbol or UnicodeCategory.Surrogate;
}
