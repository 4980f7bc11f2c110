using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// A learnt factor for each channel of N×C×H×W; the parameter is layer_scale, C×1×1. Tiny factors let a deep network start near the
/// identity (Touvron et al. 2021, arXiv 2103.17239).
/// </summary>
public sealed class LayerScale : UnaryLayer
{
    /// <summary>Creates the layer with factors of 1e-6, as ConvNeXt starts.</summary>
    public LayerScale(string name, int channels)
        : base(name)
    {
        using var start = 1e-6f.ToScalar();
        AddParameter("layer_scale", full(channels, 1, 1, start, device: CPU));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.mul(Find("layer_scale")!.Like(x));
}
