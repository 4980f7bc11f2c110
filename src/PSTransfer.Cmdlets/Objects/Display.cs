using System.Collections;
using PSTransfer.Core.Text;

namespace PSTransfer;

/// <summary>
/// Makes texts from files safe to show in views. PSTransfer.Format.ps1xml calls these methods; properties keep the texts as they are.
/// </summary>
public static class Display
{
    private const int Few = 20;
    private const int Shown = 10;

    /// <summary>A text as one line, without characters that a terminal would obey. Null and empty texts stay as they are.</summary>
    public static string? Text(object? value) => value is null ? null : Printable.Line($"{value}");

    /// <summary>The items of a list, each made safe by <see cref="Text"/>.</summary>
    public static string[] List(IEnumerable? values) =>
        values is null ? [] : [.. values.Cast<object?>().Select(value => Text(value) ?? string.Empty)];

    /// <summary>Names on one line; if there are many, the first ten and how many more.</summary>
    public static string Some(IEnumerable? names) => Joined(List(names));

    /// <summary>Names with a count each on one line; if there are many, the first ten and how many more.</summary>
    public static string Counts(IEnumerable? names, IEnumerable? counts) =>
        Joined([.. List(names).Zip(List(counts), (name, count) => $"{name}: {count}")]);

    private static string Joined(string[] texts) =>
        NameList.Some(texts.Length > Few ? texts.Take(Shown) : texts, texts.Length);
}
