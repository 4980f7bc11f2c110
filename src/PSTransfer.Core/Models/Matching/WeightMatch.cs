using PSTransfer.Core.Backbones;
using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>Assigns a file's tensors to those of a backbone by their names.</summary>
/// <param name="Sources">The file's tensor for each of our names.</param>
/// <param name="Skipped">The tensors that aren't the backbone's: the old classifier, counters, other sets of weights.</param>
/// <param name="Unexpected">The file's tensors that the backbone should have but lacks.</param>
/// <param name="Epsilon">The eps of the BatchNorm layers for these weights.</param>
/// <param name="Note">A remark about decisions made by the names; null for none.</param>
internal sealed record WeightMatch(
    IReadOnlyDictionary<string, StoredTensor> Sources,
    IReadOnlyList<StoredTensor> Skipped,
    IReadOnlyList<StoredTensor> Unexpected,
    double Epsilon,
    string? Note)
{
    /// <summary>
    /// The most tensors that are examined. No checkpoint of an image network has more, even with optimisers and averages.
    /// </summary>
    public const int MostTensors = 50_000;

    /// <summary>The name of a set whose tensors have no prefix.</summary>
    public const string NoPrefix = ".";

    /// <summary>The set of weights in the file: the names' prefix without its last dot, or the model inside a Keras model.</summary>
    public string Set { get; init; } = NoPrefix;

    /// <summary>The style of the names; null for the original's names and for Keras'.</summary>
    public NameStyle? Style { get; init; }

    /// <summary>The best match by the rules of the file's convention.</summary>
    public static WeightMatch Of(BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, IWeightFile file) =>
        All(spec, wanted, file, set: null)[0];

    /// <summary>All complete sets of weights in the file, in its order; if there is none, the nearest one.</summary>
    /// <param name="spec">The backbone.</param>
    /// <param name="wanted">The backbone's tensors.</param>
    /// <param name="file">The file.</param>
    /// <param name="set">Only sets of this name, or of names that begin with it and a dot; null for all. The result is empty if there is
    /// none.</param>
    /// <param name="onlyWhole">Whether the nearest set is left out if none is complete.</param>
    public static IReadOnlyList<WeightMatch> All(
        BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, IWeightFile file, string? set, bool onlyWhole = false) =>
        file.Convention == WeightConvention.Keras
            ? [
                .. KerasNames.All(spec, wanted, [.. file.Tensors.Cast<KerasTensor>()], set).Where(
                    match => !onlyWhole || match.HasAll(wanted, file.Convention))]
            : TorchNames.All(spec, wanted, file.Tensors, set, onlyWhole);

    /// <summary>Whether a set has the requested name.</summary>
    public static bool IsAsked(string set, string? asked) =>
        asked is null
            || set == asked
            || $"{set}." == asked
            || (set.StartsWith(asked, StringComparison.Ordinal) && set.AsSpan(asked.Length) is ['.' or '/', ..]);

    /// <summary>Whether the set has every wanted tensor in its shape, and no other.</summary>
    public bool IsComplete(IReadOnlyList<WantedTensor> wanted, WeightConvention convention) =>
        Unexpected.Count == 0 && HasAll(wanted, convention);

    /// <summary>Whether the set has every wanted tensor in its shape.</summary>
    public bool HasAll(IReadOnlyList<WantedTensor> wanted, WeightConvention convention) =>
        wanted.All(tensor => Sources.TryGetValue(tensor.Name, out var source) && Fits(tensor, source, convention));

    /// <summary>
    /// Whether the shapes agree. PyTorch's files may have more or fewer dimensions of size one (a factor for each channel: C, or C×1×1).
    /// </summary>
    public static bool Fits(WantedTensor wanted, StoredTensor source, WeightConvention convention) =>
        source.Shape.SequenceEqual(wanted.ShapeIn(convention))
        || (convention == WeightConvention.Torch
            && source.Shape.Where(size => size != 1).SequenceEqual(wanted.Shape.Where(size => size != 1)));
}
