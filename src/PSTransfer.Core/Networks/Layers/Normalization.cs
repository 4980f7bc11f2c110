using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// Keras' Normalization: (x − mean) / √variance, with numbers per channel that belong to the weights. Training doesn't change these
/// numbers, and no freeze mode concerns them.
/// </summary>
public sealed class Normalization : UnaryLayer
{
    // Keras' backend.epsilon(): the smallest deviation used as a divisor.
    private const double SmallestDeviation = 1e-7;

    /// <summary>Creates the layer with mean 0 and variance 1.</summary>
    public Normalization(string name, int channels)
        : base(name)
    {
        AddBuffer("mean", zeros(channels, device: CPU));
        AddBuffer("variance", ones(channels, device: CPU));

        // The number of values that Keras saw when it computed mean and variance. Nothing reads it, but Keras' files hold it and Keras'
        // totals count it.
        AddBuffer("count", zeros([], device: CPU));
    }

    /// <summary>Multiplies the variance of each channel.</summary>
    public void ScaleVariance(IReadOnlyList<double> factors)
    {
        using var _ = no_grad();
        using var scale = tensor(factors.ToArray(), dtype: ScalarType.Float32, device: Buffers[1].Value.device);
        Buffers[1].Value.mul_(scale);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var mean = PerChannel(Buffers[0].Value);
        using var variance = PerChannel(Buffers[1].Value);
        using var root = variance.sqrt();
        using var least = SmallestDeviation.ToScalar();
        using var deviation = root.clamp_min(least);
        using var centred = x.sub(mean);
        return centred.div(deviation).Like(x);
    }

    private static Tensor PerChannel(Tensor values) => values.reshape(1, values.shape[0], 1, 1);
}
