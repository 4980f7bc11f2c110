namespace PSTransfer.Core.Text;

/// <summary>Finds the known names nearest to a wrong one, for error messages ("Did you mean ...?").</summary>
public static class Nearest
{
    /// <summary>Names longer than this aren't compared: they are near to none, and comparing them takes long.</summary>
    private const int LongestCompared = 200;

    /// <summary>A sentence that names up to three nearest names, or all of them if there are few; never empty.</summary>
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

    /// <summary>A hint for names with dots, such as train.epochs, where the user may have meant only the last part.</summary>
    internal static string HintOfParts(string name, IReadOnlyList<string> known)
    {
        var nearest = known
            .GroupBy(path => Math.Min(Distance(name, path), Distance(name, path[(path.LastIndexOf('.') + 1)..])))
            .MinBy(group => group.Key);
        return Hint(name, nearest is { Key: <= 2 } ? nearest : known);
    }

    /// <summary>Levenshtein's distance, ignoring case.</summary>
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
