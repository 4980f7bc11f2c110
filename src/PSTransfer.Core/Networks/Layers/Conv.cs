using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>A two-dimensional convolution of N×C×H×W, surrounded by zeros. The weight is out×(in/groups)×height×width.</summary>
/// <remarks>With g groups, the n-th g-th of the outputs sees only the n-th g-th of the inputs. As many groups as channels make a depthwise
/// convolution.</remarks>
public sealed class Conv : UnaryLayer
{
    /// <summary>Below this number of places in a batch, channels last costs more than it saves: see <see cref="Forward"/>.</summary>
    private const int FewPlaces = 256;

    private readonly int _outChannels;

    /// <summary>Creates the layer; <paramref name="groups"/> must divide both numbers of channels.</summary>
    public Conv(string name, int inChannels, int outChannels, Window window, bool bias, int groups = 1)
        : base(name)
    {
        (_outChannels, Window, Groups) = (outChannels, window, groups);
        IsDepthwise = groups == inChannels && groups > 1;
        AddParameter("weight", empty(outChannels, inChannels / groups, window.Height, window.Width, device: CPU));
        if (bias)
        {
            AddParameter("bias", zeros(outChannels, device: CPU));
        }
    }

    /// <summary>Whether each channel is convolved on its own; Keras stores such kernels in another order.</summary>
    public bool IsDepthwise { get; }

    internal Window Window { get; set; }

    internal int Groups { get; }

    internal int OutChannels => _outChannels;

    /// <summary>Sets He-normal weights by fan out, as most of torchvision's networks start, and a zero bias.</summary>
    protected override void Initialize(Tensor parameter, Generator random)
    {
        if (parameter.dim() > 1)
        {
            parameter.normal_(0, Math.Sqrt(2.0 * Groups / (_outChannels * Window.Area)), random);
        }
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        if (!pass.HasChannelsLast || Places(x) >= FewPlaces)
        {
            return Apply(x, Window, Find("weight")!, Find("bias"), Groups);
        }

        // With channels last, libtorch reorders the kernel at each call. At few places that takes longer than the convolution.
        using var map = x.contiguous();
        using var y = Apply(map, Window, Find("weight")!, Find("bias"), Groups);
        return y.ChannelsLast();
    }

    /// <summary>Convolves a map. The caller owns the result.</summary>
    internal static Tensor Apply(Tensor x, Window window, Tensor weight, Tensor? bias, int groups)
    {
        (weight, bias) = (weight.Like(x), bias?.Like(x));
        if (window.Area > 1 && window.OnlyMeeting(x.shape) is var (row, column))
        {
            using var rows = weight.narrow(2, row, 1);
            using var met = rows.narrow(3, column, 1);
            return nn.functional.conv2d(x, met, bias, groups: groups);
        }

        var (surrounded, padding) = window.Surround(x, 0);
        using (surrounded)
        {
            x = surrounded ?? x;
            if (window.Area > 1 || window.Strides is [1, 1] || padding is not [0, 0])
            {
                return nn.functional.conv2d(
                    x, weight, bias, strides: window.Strides, padding: padding, dilation: window.Dilations, groups: groups);
            }

            // On machines that hide their cache sizes, oneDNN 3.7.1 divides by zero in the backward pass of a strided 1×1 convolution.
            // The process then dies of SIGFPE. A strided slice before a dense 1×1 convolution is the same arithmetic at the same speed.
            using var slice = x[
                TensorIndex.Ellipsis, TensorIndex.Slice(step: window.Strides[0]), TensorIndex.Slice(step: window.Strides[1])];
            using var dense = slice.clone(); // clone() keeps the order in memory, contiguous() wouldn't
            return nn.functional.conv2d(dense, weight, bias, groups: groups);
        }
    }

    /// <summary>The number of places in the outputs of a batch.</summary>
    private long Places(Tensor x)
    {
        var shape = x.shape;
        var output = Window.Reduce(new FeatureShape(_outChannels, (int)shape[2], (int)shape[3]));
        return shape[0] * output.Height * output.Width;
    }

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => Window.Reduce(input) with { Channels = _outChannels };
}
