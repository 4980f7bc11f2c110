using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Experiments;

/// <summary>Keys with lists of values, and the combinations of the values.</summary>
internal sealed class ExperimentMatrix
{
    private const int MostRuns = 10_000;

    private ExperimentMatrix(IReadOnlyList<(string Key, IReadOnlyList<YamlNode> Values)> axes) => Axes = axes;

    /// <summary>The keys that a run may vary: all except the keys of the experiment as a whole and of a stage.</summary>
    public static IEnumerable<(string Path, IKey Key)> Keys => ExperimentKeys.All.Where(one =>
        one.Path is not ("name" or "output" or "matrix") && !one.Path.StartsWith("train.stages.", StringComparison.Ordinal));

    /// <summary>The keys in the file's order, each with its values.</summary>
    public IReadOnlyList<(string Key, IReadOnlyList<YamlNode> Values)> Axes { get; }

    /// <summary>The combinations in the order of nested loops: the last key changes fastest. One empty combination without keys.</summary>
    public IEnumerable<IReadOnlyList<(string Key, YamlNode Value)>> Combinations => Axes.Aggregate(
        Enumerable.Repeat<IReadOnlyList<(string, YamlNode)>>([], 1),
        (before, axis) =>
            before.SelectMany(one => axis.Values.Select(value => (IReadOnlyList<(string, YamlNode)>)[.. one, (axis.Key, value)])));

    /// <summary>Reads the matrix of a file.</summary>
    /// <param name="node">The value of the key matrix; null for none.</param>
    /// <param name="fixedKeys">Keys that an override sets, which therefore don't vary.</param>
    /// <param name="errors">Collects the errors.</param>
    public static ExperimentMatrix Read(YamlNode? node, IReadOnlySet<string> fixedKeys, ExperimentErrors errors)
    {
        var axes = new List<(string, IReadOnlyList<YamlNode>)>();
        if (node is not (null or YamlMap or YamlScalar { IsNull: true }))
        {
            errors.Add(node.Place, "matrix", $"expected keys with lists of values, as in train.seed: [1, 2, 3], found {node.Describe()}.");
        }

        var runs = 1L;
        foreach (var entry in (node as YamlMap)?.Entries ?? [])
        {
            var path = $"matrix.{entry.Key}";
            if (Keys.All(one => one.Path != entry.Key))
            {
                var hint = ExperimentKeys.Renamed(entry.Key) ?? Nearest.HintOfParts(entry.Key, [.. Keys.Select(one => one.Path)]);
                errors.Add(entry.Place, path, $"no such key to vary. {hint}");
            }
            else if (entry.Value is not YamlList { Items: { Count: > 0 } values })
            {
                errors.Add(entry.Value.Place, path, $"expected a list of values, as in [1, 2], found {entry.Value.Describe()}.");
            }
            else if (!fixedKeys.Contains(entry.Key))
            {
                runs = Math.Min(runs * values.Count, int.MaxValue);
                axes.Add((entry.Key, values));
            }
        }

        if (runs > MostRuns)
        {
            errors.Add(node!.Place, "matrix", $"expected at most {MostRuns} combinations, found more.");
            axes.Clear();
        }

        return new ExperimentMatrix(axes);
    }
}
