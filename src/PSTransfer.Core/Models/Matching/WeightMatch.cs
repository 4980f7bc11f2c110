using PSTransfer.Core.Backbones;
using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>Which of a file's tensors is which of a backbone's, by their names.</summary>
/// <param name="Sources">The file's tensor for each of ours, by our name.</param>
/// <param name="Skipped">What isn't the backbone's: the old classifier, counters, other sets of weights.</param>
/// <param name="Unexpected">What the backbone should have and hasn't.</param>
/// <param name="Epsilon">eps of the BatchNorm layers for these weights.</param>
/// <param name="Note">What was decided by the names; null for nothing.</param>
internal sealed record WeightMatch(
    IReadOnlyDictionary<string, StoredTensor> Sources, IReadOnlyList<StoredTensor> Skipped, IReadOnlyList<StoredTensor> Unexpected, double Epsilon, string? Note)
{
    /// <summary>No checkpoint of an image network has more tensors than this, optimisers and averages included.</summary>
    public const int MostTensors = 50_000;

    /// <summary>The name of a set whose tensors have nothing before their names.</summary>
    public const string NoPrefix = ".";

    /// <summary>The set of weights in the file: what stands before its names, without the last dot, or the model inside of a Keras model.</summary>
    public string Set { get; init; } = NoPrefix;

    /// <summary>Whose names these are, where others than the original's were found; null for the original's and for Keras'.</summary>
    public NameStyle? Style { get; init; }

    /// <summary>The best match by the rules of the file's convention.</summary>
    public static WeightMatch Of(BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, IWeightFile file) => All(spec, wanted, file, set: null)[0];

    /// <summary>Every set of weights in the file that is whole, in the order of the file, or else the one that comes nearest.</summary>
    /// <param name="spec">The backbone.</param>
    /// <param name="wanted">Its tensors.</param>
    /// <param name="file">The file.</param>
    /// <param name="set">Only sets of this name, or of names that begin with it and a dot; null for all. The result is empty where there is none.</param>
    /// <param name="onlyWhole">Leave out the nearest one where none is whole.</param>
    public static IReadOnlyList<WeightMatch> All(BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, IWeightFile file, string? set, bool onlyWhole = false) =>
        file.Convention == WeightConvention.Keras
            ? [.. KerasNames.All(spec, wanted, [.. file.Tensors.Cast<KerasTensor>()], set).Where(match => !onlyWhole || match.HasAll(wanted, file.Convention))]
            : TorchNames.All(spec, wanted, file.Tensors, set, onlyWhole);

    /// <summary>Whether a set has the name that was asked for.</summary>
    public static bool IsAsked(string set, string? asked) =>
        asked is null || set == asked || $"{set}." == asked || (set.StartsWith(asked, StringComparison.Ordinal) && set.AsSpan(asked.Length) is ['.' or '/', ..]);

    /// <summary>Whether every wanted tensor is there in its shape, and none besides.</summary>
    public bool IsComplete(IReadOnlyList<WantedTensor> wanted, WeightConvention convention) => Unexpected.Count == 0 && HasAll(wanted, convention);

    /// <summary>Whether every wanted tensor is there in its shape.</summary>
    public bool HasAll(IReadOnlyList<WantedTensor> wanted, WeightConvention convention) =>
        wanted.All(tensor => Sources.TryGetValue(tensor.Name, out var source) && Fits(tensor, source, convention));

    /// <summary>Whether the shapes agree; PyTorch's files may have dimensions of one more or fewer (a factor for each channel: C, or C×1×1).</summary>
    public static bool Fits(WantedTensor wanted, StoredTensor source, WeightConvention convention) =>
        source.Shape.SequenceEqual(wanted.ShapeIn(convention))
        || (convention == WeightConvention.Torch && source.Shape.Where(size => size != 1).SequenceEqual(wanted.Shape.Where(size => size != 1)));
}
