using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>max(x, 0).</summary>
public sealed class Relu(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.relu();

    /// <inheritdoc/>
    internal override bool CanOverwrite(int input) => true;

    /// <inheritdoc/>
    internal override void Overwrite(IReadOnlyList<Tensor> inputs, int input) => inputs[0].relu_();
}

/// <summary>min(max(x, 0), 6).</summary>
public sealed class Relu6(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.relu6();

    /// <inheritdoc/>
    internal override bool CanOverwrite(int input) => true;

    /// <inheritdoc/>
    internal override void Overwrite(IReadOnlyList<Tensor> inputs, int input) => inputs[0].relu6_();
}

/// <summary>x · sigmoid(x), also called swish (Ramachandran et al. 2017, arXiv 1710.05941).</summary>
public sealed class Silu(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.silu(x);
}

/// <summary>x · min(max(x + 3, 0), 6) / 6 (Howard et al. 2019, arXiv 1905.02244).</summary>
public sealed class HardSwish(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.hardswish(x);
}

/// <summary>min(max(x + 3, 0), 6) / 6. Before version 3, Keras had another function of this name.</summary>
public sealed class HardSigmoid(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.hardsigmoid(x);
}

/// <summary>1 / (1 + e⁻ˣ).</summary>
public sealed class Sigmoid(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.sigmoid(x);
}

/// <summary>x · Φ(x), with the normal distribution's exact Φ (Hendrycks and Gimpel 2016, arXiv 1606.08415).</summary>
public sealed class Gelu(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.gelu(x);
}
