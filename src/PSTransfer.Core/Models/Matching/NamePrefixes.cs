namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Finds prefixes of a backbone's names in a file (module., model., backbone.body.). A prefix counts if it stands before a few of the
/// names, spread over the network. The work grows with the number of names, not with the number of prefixes.
/// </summary>
internal static class NamePrefixes
{
    private const int Probes = 5;

    // A file may have as many prefixes as names, so only those that most probes have are examined.
    private const int Most = 16;

    /// <summary>The prefixes, each with its last dot, the most frequent first, otherwise in the order of the file.</summary>
    /// <param name="wanted">The backbone's names in the file's style.</param>
    /// <param name="names">The file's names.</param>
    public static IEnumerable<string> Of(IReadOnlyList<string> wanted, IReadOnlyCollection<string> names)
    {
        var counts = new OrderedDictionary<string, int> { [string.Empty] = 0 };
        var probes = Enumerable.Range(0, Probes).Select(i => wanted[i * (wanted.Count - 1) / (Probes - 1)]).Distinct().ToList();
        foreach (var name in names)
        {
            foreach (var probe in probes)
            {
                if (name.EndsWith(probe, StringComparison.Ordinal) && (name.Length == probe.Length || name[^(probe.Length + 1)] == '.'))
                {
                    var prefix = name[..^probe.Length];
                    counts[prefix] = counts.GetValueOrDefault(prefix) + 1;
                }
            }
        }

        return counts.OrderByDescending(pair => pair.Value).Take(Most).Select(pair => pair.Key);
    }
}
