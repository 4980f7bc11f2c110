using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// A fully connected layer over the channels of each pixel, N×in×H×W to N×out×H×W. The weight is out×in, as in PyTorch's Linear.
/// </summary>
public sealed class ChannelDense : UnaryLayer
{
    private readonly int _outputs;

    /// <summary>Creates the layer.</summary>
    public ChannelDense(string name, int inputs, int outputs)
        : base(name)
    {
        _outputs = outputs;
        AddParameter("weight", empty(outputs, inputs, device: CPU));
        AddParameter("bias", zeros(outputs, device: CPU));
    }

    internal int Outputs => _outputs;

    /// <summary>Sets normal weights of deviation 0.02 and a zero bias, as ConvNeXt starts.</summary>
    protected override void Initialize(Tensor parameter, Generator random)
    {
        if (parameter.dim() > 1)
        {
            parameter.normal_(0, 0.02, random);
        }
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var last = x.permute(0, 2, 3, 1);
        using var y = nn.functional.linear(last, Find("weight")!.Like(x), Find("bias")!.Like(x));
        return y.permute(0, 3, 1, 2);
    }

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => input with { Channels = _outputs };
}
