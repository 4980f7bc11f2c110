using System.Collections;
using PSTransfer.Core;

namespace PSTransfer;

/// <summary>What views show of texts that may come from files. PSTransfer.Format.ps1xml calls it; properties keep the texts as they are.</summary>
public static class Display
{
    /// <summary>A text as one line without characters that a terminal would obey; null and empty texts as they are.</summary>
    public static string? Text(object? value) => value is null ? null : Printable.Line($"{value}");

    /// <summary>The same for each of a list.</summary>
    public static string[] List(IEnumerable? values) => values is null ? [] : [.. values.Cast<object?>().Select(value => Text(value) ?? string.Empty)];
}
