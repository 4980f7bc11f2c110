using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// Normalises the channels of each pixel of N×C×H×W by their own mean and biased variance (Ba et al. 2016, arXiv 1607.06450): y = gamma
/// · (x − mean) / sqrt(variance + eps) + beta. The layer does the same in both learning phases.
/// </summary>
public sealed class LayerNorm : UnaryLayer
{
    /// <summary>Creates the layer with gamma 1 and beta 0.</summary>
    public LayerNorm(string name, int channels, double epsilon)
        : base(name)
    {
        Epsilon = epsilon;
        AddParameter("weight", ones(channels, device: CPU));
        AddParameter("bias", zeros(channels, device: CPU));
    }

    /// <summary>The number added to the variance under the root.</summary>
    internal double Epsilon { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var last = x.permute(0, 2, 3, 1);
        using var normalized = nn.functional.layer_norm(last, [x.shape[1]], Find("weight")!.Like(x), Find("bias")!.Like(x), Epsilon);
        return normalized.permute(0, 3, 1, 2);
    }
}
