using PSTransfer.Core.Networks;
using TorchSharp;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>The features of a set's images, a row each, as float32.</summary>
internal abstract class FeatureStore : IDisposable
{
    /// <summary>Features of some images as one tensor, N rows in the order given, on the model's device. The caller owns it, not a dispose scope around it.</summary>
    public abstract torch.Tensor Read(IReadOnlyList<int> indices);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>N rows of a shape.</summary>
    protected static long[] Rows(int count, FeatureShape shape) =>
        shape.IsVector ? [count, shape.Channels] : [count, shape.Channels, shape.Height, shape.Width];
}
