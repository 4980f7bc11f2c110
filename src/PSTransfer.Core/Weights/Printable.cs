namespace PSTransfer.Core.Weights;

/// <summary>What errors show of a file.</summary>
internal static class Printable
{
    private const int MaxLength = 200;

    /// <summary>A text from a file, fit for a terminal: no control characters, no endless line.</summary>
    public static string Text(string text)
    {
        var cut = text.Length > MaxLength ? text[..MaxLength] + "..." : text;
        return string.Concat(cut.Select(letter => char.IsControl(letter) ? '?' : letter));
    }

    /// <summary>A shape as Python shows it: [2, 3].</summary>
    public static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
