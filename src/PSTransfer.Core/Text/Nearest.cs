namespace PSTransfer.Core.Text;

/// <summary>"Did you mean": the nearest of the known names, for error messages.</summary>
public static class Nearest
{
    /// <summary>Longer names are near to none, and comparing them takes long.</summary>
    private const int LongestCompared = 200;

    /// <summary>A sentence naming the up to three nearest names, or all when there are few; never empty.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        name = name[..Math.Min(name.Length, LongestCompared)];
        var ranked = known.OrderBy(candidate => Distance(name, candidate)).ToList();
        return ranked.Count switch
        {
            0 => "There is nothing to choose from.",
            1 => $"Did you mean '{ranked[0]}'?",
            _ when Distance(name, ranked[0]) <= 2 => $"Did you mean '{ranked[0]}'?",
            _ => $"Nearest: {string.Join(", ", ranked.Take(3))}.",
        };
    }

    /// <summary>The same for names with dots, as in train.epochs, of which the last part alone may have been meant.</summary>
    internal static string HintOfParts(string name, IReadOnlyList<string> known)
    {
        var nearest = known.GroupBy(path => Math.Min(Distance(name, path), Distance(name, path[(path.LastIndexOf('.') + 1)..]))).MinBy(group => group.Key);
        return Hint(name, nearest is { Key: <= 2 } ? nearest : known);
    }

    /// <summary>Levenshtein's distance, case ignored.</summary>
    internal static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
