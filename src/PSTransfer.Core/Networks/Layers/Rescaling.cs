using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>Multiplies pixels by a factor: one for all channels, or one for each.</summary>
public sealed class Rescaling(string name, params double[] factors) : UnaryLayer(name)
{
    /// <summary>The factors: one for all channels, or one for each.</summary>
    public IReadOnlyList<double> Factors => factors;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var flat = tensor(factors, dtype: x.dtype, device: x.device);
        using var perChannel = flat.reshape(1, factors.Length, 1, 1);
        return x.mul(perChannel);
    }
}
