using System.IO.Enumeration;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Models;

/// <summary>Chooses layers by names with wildcards.</summary>
internal static class NamedLayers
{
    /// <summary>Matches * and ? as wildcards, whatever the case.</summary>
    public static Func<string, string, bool> Wildcards { get; } = (pattern, name) => FileSystemName.MatchesSimpleExpression(pattern, name);

    /// <summary>The layers whose names match at least one of the patterns.</summary>
    /// <param name="network">The network that has the layers, for the error.</param>
    /// <param name="layers">The layers to choose from.</param>
    /// <param name="patterns">The patterns; each must match at least one layer.</param>
    /// <param name="matches">Whether a pattern (first argument) matches a name (second).</param>
    /// <param name="parameter">The parameter that took the patterns, for the error.</param>
    /// <param name="kind">The kind to which the layers are restricted, for the error; null for none.</param>
    /// <exception cref="PSTransferException">NotFound: a pattern matches nothing; the message names the nearest layers.</exception>
    public static HashSet<T> Choose<T>(
        TransferNetwork network,
        IEnumerable<T> layers,
        IReadOnlyList<string> patterns,
        Func<string, string, bool> matches,
        string parameter = "Layer",
        string? kind = null)
        where T : Layer
    {
        var chosen = new HashSet<T>();
        foreach (var pattern in patterns)
        {
            var found = layers.Where(layer => matches(pattern, layer.Name)).ToList();
            if (found.Count == 0)
            {
                throw new PSTransferException(
                    FaultKind.NotFound,
                    $"No {(kind is null ? string.Empty : $"{kind} ")}layer of {network.Spec.Name} matches "
                    + $"{Option.Name(parameter)} '{pattern}'. "
                    + $"{Nearest.Hint(pattern, Candidates(pattern, layers))} Get-ModelLayer "
                    + $"{(kind is null ? string.Empty : $"-Kind {kind} ")}lists them.",
                    pattern)
                {
                    Parameter = parameter,
                };
            }

            chosen.UnionWith(found);
        }

        return chosen;
    }

    // A pattern with an open end was meant for a block (layer1*), any other for one layer.
    private static IEnumerable<string> Candidates(string pattern, IEnumerable<Layer> layers) => pattern.EndsWith('*')
        ? layers.Select(layer => layer.Name.Split('.', '_')[0] + "*").Distinct()
        : layers.Select(layer => layer.Name);
}
