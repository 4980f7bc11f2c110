using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Batches;

/// <summary>Some images and their labels on a device. The receiver disposes the batch, and so its tensors.</summary>
public sealed class Batch(Tensor input, Tensor labels, IReadOnlyList<int> indices) : IDisposable
{
    /// <summary>
    /// What a pass begins with: pixels (N×C×H×W, float32, 0 to 255), or features that were computed from the pixels before.
    /// </summary>
    public Tensor Input { get; } = input;

    /// <summary>N labels, int64.</summary>
    public Tensor Labels { get; } = labels;

    /// <summary>Which images of the set these are.</summary>
    public IReadOnlyList<int> Indices { get; } = indices;

    /// <summary>N.</summary>
    public int Count => Indices.Count;

    /// <inheritdoc/>
    public void Dispose()
    {
        Input.Dispose();
        Labels.Dispose();
    }
}
