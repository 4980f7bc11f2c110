using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// Drops a whole branch for some images (Huang et al. 2016, arXiv 1603.09382). In a pass with dropout, each image's map is set to zero with
/// probability <c>rate</c>; the other maps are scaled by 1/(1 − rate). The layer acts only if the layers around it learn; in a frozen
/// scope it is off.
/// </summary>
public sealed class StochasticDepth(string name, double rate) : UnaryLayer(name)
{
    /// <summary>The probability of dropping an image's branch, at least 0 and below 1.</summary>
    public double Rate { get; } = rate;

    /// <inheritdoc/>
    public override bool? Regularizes => Rate > 0 && FreezePolicy.Of(Mode).OthersLearn;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        if (!pass.Dropout || Regularizes is false)
        {
            return x.alias();
        }

        using var share = (1 - Rate).ToScalar();
        using var keep = full(x.shape[0], 1, 1, 1, share, dtype: x.dtype, device: x.device);
        using var mask = keep.bernoulli(pass.Random ?? throw new InvalidOperationException("A pass with dropout needs a generator."));
        using var scaled = mask.div_(share);
        return x.mul(scaled);
    }
}
