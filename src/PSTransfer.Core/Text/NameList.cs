namespace PSTransfer.Core.Text;

/// <summary>Writes names into a sentence.</summary>
public static class NameList
{
    /// <summary>All names: "a", "a and b", "a, b and c".</summary>
    /// <param name="names">The names.</param>
    /// <param name="word">The word before the last name.</param>
    public static string All(IEnumerable<string> names, string word = "and")
    {
        string[] all = [.. names];
        return all.Length < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} {word} {all[^1]}";
    }

    /// <summary>The first names, and how many more there are: "a, b" or "a, b and 18 more".</summary>
    /// <param name="first">The first names.</param>
    /// <param name="count">The number of all names.</param>
    public static string Some(IEnumerable<string> first, int count)
    {
        string[] shown = [.. first];
        return string.Join(", ", shown) + (count > shown.Length ? $" and {count - shown.Length} more" : string.Empty);
    }
}
