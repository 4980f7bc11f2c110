using System.Collections;
using PSTransfer.Core.Text;

namespace PSTransfer;

/// <summary>
/// What views show of texts that may come from files. PSTransfer.Format.ps1xml calls it; properties keep the texts as they are.
/// </summary>
public static class Display
{
    private const int Few = 20;
    private const int Shown = 10;

    /// <summary>A text as one line without characters that a terminal would obey; null and empty texts as they are.</summary>
    public static string? Text(object? value) => value is null ? null : Printable.Line($"{value}");

    /// <summary>Each item of a list, shown as <see cref="Text"/> shows a text.</summary>
    public static string[] List(IEnumerable? values) =>
        values is null ? [] : [.. values.Cast<object?>().Select(value => Text(value) ?? string.Empty)];

    /// <summary>Names on one line; of many the first ten, and how many more.</summary>
    public static string Some(IEnumerable? names) => Joined(List(names));

    /// <summary>Names with a count each on one line; of many the first ten, and how many more.</summary>
    public static string Counts(IEnumerable? names, IEnumerable? counts) =>
        Joined([.. List(names).Zip(List(counts), (name, count) => $"{name}: {count}")]);

    private static string Joined(string[] texts) =>
        string.Join(", ", texts.Length > Few ? texts.Take(Shown) : texts)
        + (texts.Length > Few ? $" and {texts.Length - Shown} more" : string.Empty);
}
