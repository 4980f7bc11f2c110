using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Layers;

/// <summary>The place where images enter, listed because Keras counts it.</summary>
public sealed class Input(string name, FeatureShape shape) : Layer(name)
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs, ForwardPass pass) => inputs[0].alias();

    /// <inheritdoc/>
    public override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) => shape;
}

/// <summary>max(x, 0).</summary>
public sealed class Relu(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.relu(x);
}

/// <summary>min(max(x, 0), 6).</summary>
public sealed class Relu6(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.relu6(x);
}

/// <summary>The sum of its inputs.</summary>
public sealed class Add(string name) : Layer(name)
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs, ForwardPass pass) => inputs[0].add(inputs[1]);

    /// <inheritdoc/>
    public override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) => inputs[0];
}

/// <summary>Its inputs' channels one after another.</summary>
public sealed class Concat(string name) : Layer(name)
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs, ForwardPass pass) => cat([.. inputs], 1);

    /// <inheritdoc/>
    public override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) => inputs[0] with { Channels = inputs.Sum(input => input.Channels) };
}

/// <summary>Zeros on all four sides.</summary>
public sealed class ZeroPadding(string name, int padding) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.pad(x, [padding, padding, padding, padding]);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) =>
        input with { Height = input.Height + (2 * padding), Width = input.Width + (2 * padding) };
}

/// <summary>The maximum over a square window; padding counts as minus infinity.</summary>
public sealed class MaxPool(string name, int kernel, int stride, int padding) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) =>
        nn.functional.max_pool2d(x, [kernel, kernel], [stride, stride], [padding, padding]);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) =>
        input with { Height = Reduce(input.Height), Width = Reduce(input.Width) };

    private int Reduce(int size) => (size + (2 * padding) - kernel) / stride + 1;
}

/// <summary>The mean over a square window, without padding; rows and columns at the end that fill no window are left out.</summary>
public sealed class AveragePool(string name, int kernel, int stride) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.avg_pool2d(x, [kernel, kernel], [stride, stride]);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) =>
        input with { Height = Reduce(input.Height), Width = Reduce(input.Width) };

    private int Reduce(int size) => (size - kernel) / stride + 1;
}

/// <summary>N×C×H×W to N×(C·H·W), channels outermost.</summary>
public sealed class Flatten(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.flatten(1);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => FeatureShape.Vector(input.Size);
}

/// <summary>The mean over each channel's map: N×C×H×W to N×C.</summary>
public sealed class GlobalAveragePool(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.mean([2, 3]);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => FeatureShape.Vector(input.Channels);
}

/// <summary>The maximum over each channel's map: N×C×H×W to N×C.</summary>
public sealed class GlobalMaxPool(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.amax([2, 3]);

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => FeatureShape.Vector(input.Channels);
}
