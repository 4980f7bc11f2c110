using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// Keras' SeparableConv2D (Chollet 2016, arXiv 1610.02357). Each channel is convolved on its own; a 1×1 convolution over all channels
/// follows, with nothing between. The weights are depthwise C×1×height×width and pointwise out×C×1×1; there is no bias.
/// </summary>
public sealed class SeparableConv : UnaryLayer
{
    private readonly int _inChannels;
    private readonly int _outChannels;

    /// <summary>Creates the layer.</summary>
    public SeparableConv(string name, int inChannels, int outChannels, Window window)
        : base(name)
    {
        (_inChannels, _outChannels, Window) = (inChannels, outChannels, window);
        AddParameter("depthwise", empty(inChannels, 1, window.Height, window.Width, device: CPU));
        AddParameter("pointwise", empty(outChannels, inChannels, 1, 1, device: CPU));
    }

    internal Window Window { get; set; }

    internal int OutChannels => _outChannels;

    /// <summary>Sets both weights to normal numbers scaled by fan in, so that the variance stays.</summary>
    protected override void Initialize(Tensor parameter, Generator random) =>
        parameter.normal_(0, Math.Sqrt(1.0 / (parameter.shape[1] * parameter.shape[2] * parameter.shape[3])), random);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var filtered = Conv.Apply(x, Window, Find("depthwise")!, null, _inChannels);
        return nn.functional.conv2d(filtered, Find("pointwise")!.Like(x));
    }

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => Window.Reduce(input) with { Channels = _outChannels };
}
