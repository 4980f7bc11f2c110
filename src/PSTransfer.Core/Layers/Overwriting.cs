using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Layers;

/// <summary>An activation that overwrites its input, which nobody else may read: it needs no memory of its own.</summary>
internal sealed class OverwritingActivation(Layer activation) : UnaryLayer(activation.Name)
{
    /// <summary>Whether there is an overwriting form of a layer.</summary>
    public static bool Exists(Layer layer) => layer is Relu or Relu6;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var same = activation is Relu ? nn.functional.relu(x, inplace: true) : nn.functional.relu6(x, inplace: true);
        return x.alias();
    }
}

/// <summary>A sum that overwrites its first input, which nobody else may read.</summary>
internal sealed class OverwritingAdd(Add add) : Layer(add.Name)
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs, ForwardPass pass)
    {
        using var alpha = add.Scale.ToScalar();
        using var same = inputs[0].add_(inputs[1], alpha);
        return inputs[0].alias();
    }

    /// <inheritdoc/>
    public override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) => inputs[0];
}
