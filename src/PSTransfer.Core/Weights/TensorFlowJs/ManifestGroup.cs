namespace PSTransfer.Core.Weights.TensorFlowJs;

/// <summary>Tensors that lie one behind the other in the bytes of some files, the shards, whose borders don't care for those of tensors.</summary>
/// <param name="Paths">The shards, relative to the folder of model.json, in order; without "." and "..".</param>
/// <param name="Tensors">In the order of their bytes; an optimiser's are left out.</param>
/// <param name="Length">Bytes of all tensors, an optimiser's included.</param>
internal sealed record ManifestGroup(IReadOnlyList<string> Paths, IReadOnlyList<ManifestTensor> Tensors, long Length);
