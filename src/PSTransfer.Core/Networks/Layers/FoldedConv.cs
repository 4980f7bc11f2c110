using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// A convolution and the BatchNorm behind it, folded into one convolution for the inference phase with the present weights. The kernel of
/// each channel is multiplied by gamma / √(variance + eps), and the bias is moved accordingly. The results are equal up to rounding.
/// </summary>
internal sealed class FoldedConv : UnaryLayer
{
    private readonly Window _window;
    private readonly int _groups;

    public FoldedConv(Conv conv, BatchNorm norm)
        : base(conv.Name)
    {
        (_window, _groups) = (conv.Window, conv.Groups);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (scale, shift) = norm.AsScaleAndShift();
        using var one = 1.ToScalar();
        var weight = conv.Parameters[0].Value.mul(scale.reshape(-1, 1, 1, 1));
        var bias = conv.Parameters.Count > 1 ? conv.Parameters[1].Value.mul(scale).add(shift, one) : shift.clone();
        AddBuffer("weight", weight.ChannelsLast());
        AddBuffer("bias", bias);
    }

    internal Window Window => _window;

    internal int Groups => _groups;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => Conv.Apply(x, _window, Buffers[0].Value, Buffers[1].Value, _groups);
}
