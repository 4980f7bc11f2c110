namespace PSTransfer.Core.Weights.TensorFlowJs;

/// <summary>
/// Tensors that follow each other in the bytes of some files, the shards. The borders of shards need not be those of tensors.
/// </summary>
/// <param name="Paths">The paths of the shards, relative to the folder of model.json, in order; without "." and "..".</param>
/// <param name="Tensors">The tensors in the order of their bytes, without an optimiser's.</param>
/// <param name="Length">The number of bytes of all tensors, including an optimiser's.</param>
internal sealed record ManifestGroup(IReadOnlyList<string> Paths, IReadOnlyList<ManifestTensor> Tensors, long Length);
