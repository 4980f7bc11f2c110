using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Batches;

/// <summary>Some images and their labels on a device. Whoever gets it disposes it, and its tensors with it.</summary>
public sealed class Batch(Tensor images, Tensor labels, IReadOnlyList<int> indices) : IDisposable
{
    /// <summary>N×C×H×W, float32, 0 to 255, contiguous; or the features that stand for them.</summary>
    public Tensor Images { get; } = images;

    /// <summary>N labels, int64.</summary>
    public Tensor Labels { get; } = labels;

    /// <summary>Which images of the set these are.</summary>
    public IReadOnlyList<int> Indices { get; } = indices;

    /// <summary>N.</summary>
    public int Count => Indices.Count;

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
