using PSTransfer.Core.Backbones;
using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Finds a backbone's tensors in a file with PyTorch names: those of torchvision, or of another project with the same network.
/// </summary>
internal static class TorchNames
{
    /// <summary>The matches under every style of names and every prefix; see <see cref="WeightMatch.All"/>.</summary>
    public static IReadOnlyList<WeightMatch> All(
        BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, IReadOnlyList<StoredTensor> tensors, string? set, bool onlyWhole)
    {
        var found = tensors.DistinctBy(tensor => tensor.Name).ToDictionary(tensor => tensor.Name);
        NameStyle[] styles = [NameStyle.Original, .. spec.OtherNames];
        var candidates = (
            from style in styles
            let names = wanted.Select(tensor => style.Of(tensor.Name)).ToList()
            from prefix in NamePrefixes.Of(names, found.Keys)
            where WeightMatch.IsAsked(NameOf(prefix), set)
            let count = names.Count(name => found.ContainsKey(prefix + name))
            orderby count descending
            select (style, names, prefix, count)).ToList();

        // A style with a prefix may equal another style without one (features.0.weight: the original's, or Sequential's behind features.).
        // Such matches are one set.
        var whole = candidates
            .TakeWhile(candidate => candidate.count == wanted.Count)
            .DistinctBy(candidate => candidate.prefix + candidate.names[0])
            .Select(candidate => Match(spec, wanted, tensors, found, candidate.style, candidate.names, candidate.prefix))
            .Where(match => match.HasAll(wanted, WeightConvention.Torch))
            .ToList();
        return whole.Count > 0 || onlyWhole
            ? whole
            : [.. candidates.Take(1).Select(best => Match(spec, wanted, tensors, found, best.style, best.names, best.prefix))];
    }

    private static string NameOf(string prefix) => prefix.Length == 0 ? WeightMatch.NoPrefix : prefix[..^1];

    private static WeightMatch Match(
        BackboneSpec spec,
        IReadOnlyList<WantedTensor> wanted,
        IReadOnlyList<StoredTensor> tensors,
        Dictionary<string, StoredTensor> found,
        NameStyle style,
        List<string> names,
        string prefix)
    {
        var sources = wanted.Zip(names)
            .Where(pair => found.ContainsKey(prefix + pair.Second))
            .ToDictionary(pair => pair.First.Name, pair => found[prefix + pair.Second]);
        var kind = new NameKind(names);
        var rest = tensors.Except(sources.Values).ToLookup(tensor => IsExpendable(tensor.Name, prefix, kind));
        var notes = new[]
        {
            style == NameStyle.Original ? null : $"the names are {style.Who}",
            prefix.Length == 0 ? null : $"taken were those that begin with '{Printable.Text(prefix)}'",
        };
        return new WeightMatch(sources, [.. rest[true]], [.. rest[false]], style.Epsilon ?? spec.Epsilon, Sentence(notes))
        {
            Set = NameOf(prefix),
            Style = style == NameStyle.Original ? null : style,
        };
    }

    /// <summary>
    /// Whether a tensor may be skipped: BatchNorm's counter of batches, the classifier or another head, or a part beside the backbone.
    /// </summary>
    private static bool IsExpendable(string name, string prefix, NameKind kind) =>
        name.EndsWith(".num_batches_tracked", StringComparison.Ordinal)
            || !name.StartsWith(prefix, StringComparison.Ordinal)
            || !kind.IsOfBackbone(name[prefix.Length..]);

    private static string? Sentence(IEnumerable<string?> notes)
    {
        var text = string.Join("; ", notes.OfType<string>());
        return text.Length == 0 ? null : $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
    }
}
