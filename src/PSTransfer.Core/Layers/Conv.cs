using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Layers;

/// <summary>A two-dimensional convolution of N×C×H×W with a square kernel; weight out×(in/groups)×k×k, padding with zeros on all sides.</summary>
/// <remarks>With g groups, the n-th g-th of the outputs sees only the n-th g-th of the inputs; as many groups as channels make a depthwise convolution.</remarks>
public sealed class Conv : UnaryLayer
{
    private readonly int _outChannels;
    private readonly int _kernel;
    private readonly int _stride;
    private readonly int _padding;
    private readonly int _groups;

    /// <summary>Creates the layer; groups divide both numbers of channels.</summary>
    public Conv(string name, int inChannels, int outChannels, int kernel, int stride, int padding, bool bias, int groups = 1)
        : base(name)
    {
        (_outChannels, _kernel, _stride, _padding, _groups) = (outChannels, kernel, stride, padding, groups);
        AddParameter("weight", empty(outChannels, inChannels / groups, kernel, kernel));
        if (bias)
        {
            AddParameter("bias", zeros(outChannels));
        }
    }

    /// <summary>He-normal weights by fan out, as most of torchvision's networks start, and a zero bias.</summary>
    protected override void Initialize(Tensor parameter, Generator random)
    {
        if (parameter.dim() > 1)
        {
            parameter.normal_(0, Math.Sqrt(2.0 / (_outChannels * _kernel * _kernel)), random);
        }
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        if (_kernel > 1 || _stride == 1)
        {
            return nn.functional.conv2d(x, Find("weight")!, Find("bias"), strides: [_stride, _stride], padding: [_padding, _padding], groups: _groups);
        }

        // oneDNN 3.7.1 divides by zero in the backward pass of a strided 1×1 convolution on machines that hide their cache sizes,
        // and the process dies of SIGFPE. A strided slice before a dense 1×1 convolution is the same arithmetic at the same speed.
        using var slice = x[TensorIndex.Ellipsis, TensorIndex.Slice(step: _stride), TensorIndex.Slice(step: _stride)];
        using var dense = slice.contiguous();
        return nn.functional.conv2d(dense, Find("weight")!, Find("bias"), groups: _groups);
    }

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => new(_outChannels, Reduce(input.Height), Reduce(input.Width));

    private int Reduce(int size) => (size + (2 * _padding) - _kernel) / _stride + 1;
}
