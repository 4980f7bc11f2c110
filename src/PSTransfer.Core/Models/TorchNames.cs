using PSTransfer.Core.Backbones;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models;

/// <summary>Finds a backbone's tensors in a file with names of PyTorch's world: torchvision's, or those of others that have the same network.</summary>
internal static class TorchNames
{
    // The classifier on top (torchvision's fc or classifier, ours, timm's), and a checkpoint's optimiser.
    private static readonly string[] Classifiers = ["fc.", "classifier.", "head.", "optimizer."];

    /// <summary>Matches under the names and the prefix (module., model., backbone.body....) that find the most.</summary>
    public static WeightMatch Match(BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, IReadOnlyList<StoredTensor> tensors)
    {
        var found = tensors.DistinctBy(tensor => tensor.Name).ToDictionary(tensor => tensor.Name);
        NameStyle[] styles = [NameStyle.Original, .. spec.OtherNames];
        var (style, prefix) = (
            from candidate in styles
            from start in Prefixes(candidate, wanted, found.Keys)
            orderby wanted.Count(tensor => found.ContainsKey(start + candidate.Of(tensor.Name))) descending
            select (candidate, start)).First();

        var sources = wanted
            .Where(tensor => found.ContainsKey(prefix + style.Of(tensor.Name)))
            .ToDictionary(tensor => tensor.Name, tensor => found[prefix + style.Of(tensor.Name)]);
        var rest = tensors.Except(sources.Values).ToLookup(tensor => IsExpendable(tensor.Name, prefix, spec));
        var notes = new[] { style == NameStyle.Original ? null : $"the names are {style.Who}", prefix.Length == 0 ? null : $"every name begins with '{prefix}'" };
        return new WeightMatch(sources, [.. rest[true]], [.. rest[false]], style.Epsilon ?? spec.Epsilon, Sentence(notes));
    }

    /// <summary>What stands before the names: where a few of the wanted ones are found.</summary>
    private static IEnumerable<string> Prefixes(NameStyle style, IReadOnlyList<WantedTensor> wanted, IReadOnlyCollection<string> names) =>
        new[] { wanted[0], wanted[wanted.Count / 2], wanted[^1] }
            .Select(tensor => style.Of(tensor.Name))
            .SelectMany(probe => names.Where(name => name.EndsWith($".{probe}", StringComparison.Ordinal)).Select(name => name[..^probe.Length]))
            .Prepend(string.Empty)
            .Distinct();

    /// <summary>BatchNorm's counter of batches, the classifier, and what stands beside the backbone in a larger network.</summary>
    private static bool IsExpendable(string name, string prefix, BackboneSpec spec) =>
        name.EndsWith(".num_batches_tracked", StringComparison.Ordinal)
        || !name.StartsWith(prefix, StringComparison.Ordinal)
        || Classifiers.Concat(spec.Classifier).Any(part => name.AsSpan(prefix.Length).StartsWith(part, StringComparison.Ordinal));

    private static string? Sentence(IEnumerable<string?> notes)
    {
        var text = string.Join("; ", notes.OfType<string>());
        return text.Length == 0 ? null : $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
    }
}
