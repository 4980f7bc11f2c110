namespace PSTransfer.Core.Text;

/// <summary>Lists names in a sentence.</summary>
internal static class Enumerated
{
    /// <summary>Joins names: "a", "a and b", "a, b and c", or "a, b and 7 more" if there are too many.</summary>
    /// <param name="names">The names, at least one.</param>
    /// <param name="most">The most names that are shown.</param>
    public static string Of(IEnumerable<string> names, int most = int.MaxValue)
    {
        var all = names.ToList();
        return all.Count == 1 ? all[0]
            : all.Count <= most ? $"{string.Join(", ", all.SkipLast(1))} and {all[^1]}"
            : $"{string.Join(", ", all.Take(most))} and {all.Count - most} more";
    }
}
