using PSTransfer.Core.Networks;
using TorchSharp;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>Stores the features of a set's images, a row each, as float32.</summary>
internal abstract class FeatureStore : IDisposable
{
    /// <summary>
    /// Reads the features of some images as one tensor on the model's device, N rows in the given order. The caller owns it; a surrounding
    /// dispose scope doesn't.
    /// </summary>
    public abstract torch.Tensor Read(IReadOnlyList<int> indices);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The sizes of a tensor with N rows of a shape.</summary>
    protected static long[] Rows(int count, FeatureShape shape) =>
        shape.IsVector ? [count, shape.Channels] : [count, shape.Channels, shape.Height, shape.Width];
}
