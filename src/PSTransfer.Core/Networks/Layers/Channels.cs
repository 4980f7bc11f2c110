using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>Some neighbouring channels of a map or values of a vector, or all in reversed order.</summary>
/// <param name="name">The layer's name.</param>
/// <param name="start">The first channel, from 0.</param>
/// <param name="count">The number of channels.</param>
/// <param name="reversed">Whether the last of them comes first, as in RGB to BGR.</param>
public sealed class ChannelSlice(string name, int start, int count, bool reversed = false) : UnaryLayer(name)
{
    internal int Start { get; } = start;

    internal int Count { get; } = count;

    internal bool Reversed { get; } = reversed;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        var slice = x.narrow(1, Start, Count);
        if (!Reversed)
        {
            return slice;
        }

        using (slice)
        {
            return slice.flip(1);
        }
    }

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => input with { Channels = Count };
}

/// <summary>
/// Exchanges the channels of groups: the first channel of each group comes first, then the second of each (Zhang et al. 2017, arXiv
/// 1707.01083).
/// </summary>
public sealed class ChannelShuffle(string name, int groups) : UnaryLayer(name)
{
    internal int Groups { get; } = groups;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        var (images, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        using var grouped = x.reshape(images, Groups, channels / Groups, height, width);
        using var turned = grouped.transpose(1, 2);
        return turned.reshape(images, channels, height, width);
    }
}

/// <summary>
/// Divides each value by a power of the mean of squares over neighbouring channels of its pixel (Krizhevsky et al. 2012): x / (bias +
/// alpha · mean)^beta.
/// </summary>
public sealed class LocalResponseNorm(string name, int size, double alpha, double beta, double bias) : UnaryLayer(name)
{
    internal (int Size, double Alpha, double Beta, double Bias) Settings => (size, alpha, beta, bias);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.local_response_norm(x, size, alpha, beta, bias);
}

/// <summary>
/// A map plus a term, or times a factor, that belongs to the network's description: one for all, one for each channel, or a whole picture
/// such as the mean of the training pictures. Training doesn't change it, and no freeze mode concerns it.
/// </summary>
public sealed class Constant : UnaryLayer
{
    /// <summary>Creates the layer with a term of 0 or a factor of 1.</summary>
    /// <param name="name">The layer's name.</param>
    /// <param name="shape">Channels, height and width of the number: 1, or the map's own.</param>
    /// <param name="multiplies">Whether the layer multiplies; otherwise it adds.</param>
    public Constant(string name, FeatureShape shape, bool multiplies)
        : base(name)
    {
        (Shape, Multiplies) = (shape, multiplies);
        long[] size = shape.IsVector ? [shape.Channels] : [shape.Channels, shape.Height, shape.Width];
        AddBuffer(multiplies ? "factor" : "term", multiplies ? ones(size, device: CPU) : zeros(size, device: CPU));
    }

    /// <summary>The shape of the number.</summary>
    internal FeatureShape Shape { get; }

    /// <summary>Whether the layer multiplies; otherwise it adds.</summary>
    internal bool Multiplies { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        var number = Buffers[0].Value.Like(x);
        if (Shape.IsVector || Shape is { Height: 1, Width: 1 } || (Shape.Height == x.shape[2] && Shape.Width == x.shape[3]))
        {
            return Apply(x, number);
        }

        // A mean picture of another size is brought to the input's size.
        using var whole = number.unsqueeze(0);
        using var sized = nn.functional.interpolate(
            whole, [x.shape[2], x.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);
        return Apply(x, sized);
    }

    private Tensor Apply(Tensor x, Tensor number)
    {
        using var one = 1.ToScalar();
        return Multiplies ? x.mul(number) : x.add(number, one);
    }
}
