using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>The place where images enter. It is a layer because Keras counts it.</summary>
public sealed class Input(string name, FeatureShape shape) : Layer(name)
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs, ForwardPass pass) => inputs[0].alias();

    /// <inheritdoc/>
    public override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) => shape;
}

/// <summary>The sum of two inputs, the second one times a factor.</summary>
public sealed class Add(string name, double scale = 1) : Layer(name)
{
    internal double Scale { get; } = scale;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs, ForwardPass pass)
    {
        // A temporary scalar may be collected while libtorch reads it, since TorchSharp keeps none alive during a call.
        using var alpha = Scale.ToScalar();
        return inputs[0].add(inputs[1], alpha);
    }

    /// <inheritdoc/>
    internal override bool CanOverwrite(int input) => input == 0 || Scale == 1;

    /// <inheritdoc/>
    internal override void Overwrite(IReadOnlyList<Tensor> inputs, int input)
    {
        using var alpha = Scale.ToScalar();
        inputs[input].add_(inputs[1 - input], alpha);
    }

    /// <inheritdoc/>
    public override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) => inputs[0];
}

/// <summary>
/// A map N×C×H×W times a factor for each channel, N×C×1×1 (squeeze and excitation, Hu et al. 2017, arXiv 1709.01507).
/// </summary>
public sealed class Multiply(string name) : Layer(name)
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs, ForwardPass pass) => inputs[0].mul(inputs[1]);

    /// <inheritdoc/>
    public override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) => inputs[0];
}

/// <summary>The channels of all inputs, one input after another.</summary>
public sealed class Concat(string name) : Layer(name)
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs, ForwardPass pass) => cat([.. inputs], 1);

    /// <inheritdoc/>
    public override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) =>
        inputs[0] with { Channels = inputs.Sum(input => input.Channels) };
}

/// <summary>Adds zeros around a map.</summary>
public sealed class ZeroPadding(string name, int top, int bottom, int left, int right) : UnaryLayer(name)
{
    internal (int Top, int Bottom, int Left, int Right) Sides => (top, bottom, left, right);

    /// <summary>Creates a layer with the same padding on all four sides.</summary>
    public ZeroPadding(string name, int padding)
        : this(name, padding, padding, padding, padding)
    {
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.pad(x, [left, right, top, bottom]);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) =>
        input with { Height = input.Height + top + bottom, Width = input.Width + left + right };
}

/// <summary>Flattens N×C×H×W to N×(C·H·W), channels outermost.</summary>
public sealed class Flatten(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.flatten(1);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => FeatureShape.Vector(input.Size);
}

/// <summary>
/// Stands for torchvision's move of the channels to the last place, or back. It is a layer because torchvision counts it. Maps stay
/// N×C×H×W here, and layers that work on a pixel's channels find them in that order.
/// </summary>
public sealed class Permute(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.alias();
}

/// <summary>Turns a vector into a map of one pixel: N×C to N×C×1×1.</summary>
public sealed class OnePixel(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.reshape(x.shape[0], x.shape[1], 1, 1);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => new(input.Channels, 1, 1);
}
