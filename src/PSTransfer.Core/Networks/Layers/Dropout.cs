using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// Inverted dropout (Srivastava et al. 2014). In a pass with dropout, each value is set to zero with probability <c>rate</c>; the rest is
/// scaled by 1/(1 − rate).
/// </summary>
public sealed class Dropout(string name, double rate) : UnaryLayer(name)
{
    /// <summary>The probability of zeroing a value, at least 0 and below 1.</summary>
    public double Rate { get; } = rate;

    /// <inheritdoc/>
    public override bool? Regularizes => Rate > 0;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        if (!pass.Dropout || Rate == 0)
        {
            return x.alias();
        }

        // functional.dropout draws from the process-wide generator; this mask comes from the run's own generator.
        using var share = (1 - Rate).ToScalar();
        using var keep = full_like(x, share, requires_grad: false);
        using var mask = keep.bernoulli(pass.Random ?? throw new InvalidOperationException("A pass with dropout needs a generator."));
        using var scaled = mask.div_(share);
        return x.mul(scaled);
    }
}
