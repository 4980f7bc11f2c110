using PSTransfer.Core.Backbones;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models;

/// <summary>Which of a file's tensors is which of a backbone's, by their names.</summary>
/// <param name="Sources">The file's tensor for each of ours, by our name.</param>
/// <param name="Skipped">What isn't the backbone's: the old classifier, counters.</param>
/// <param name="Unexpected">What the backbone should have and hasn't.</param>
/// <param name="Epsilon">eps of the BatchNorm layers for these weights.</param>
/// <param name="Note">What was decided by the names; null for nothing.</param>
internal sealed record WeightMatch(
    IReadOnlyDictionary<string, StoredTensor> Sources, IReadOnlyList<StoredTensor> Skipped, IReadOnlyList<StoredTensor> Unexpected, double Epsilon, string? Note)
{
    /// <summary>Matches by the rules of the file's convention.</summary>
    public static WeightMatch Of(BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, IWeightFile file) => file.Convention == WeightConvention.Keras
        ? KerasNames.Match(spec, wanted, [.. file.Tensors.Cast<KerasTensor>()])
        : TorchNames.Match(spec, wanted, file.Tensors);

    /// <summary>Whether every wanted tensor is there in its shape, and none besides.</summary>
    public bool IsComplete(IReadOnlyList<WantedTensor> wanted, WeightConvention convention) =>
        Unexpected.Count == 0 && wanted.All(tensor => Sources.TryGetValue(tensor.Name, out var source) && Fits(tensor, source, convention));

    /// <summary>Whether the shapes agree; PyTorch's files may have dimensions of one more or fewer (a factor for each channel: C, or C×1×1).</summary>
    public static bool Fits(WantedTensor wanted, StoredTensor source, WeightConvention convention) =>
        source.Shape.SequenceEqual(wanted.ShapeIn(convention))
        || (convention == WeightConvention.Torch && source.Shape.Where(size => size != 1).SequenceEqual(wanted.Shape.Where(size => size != 1)));
}
