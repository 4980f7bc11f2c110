using TorchSharp;
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

/// <summary>min(max(x, lowest), highest).</summary>
public sealed class Clip(string name, double lowest, double highest) : UnaryLayer(name)
{
    internal double Lowest { get; } = lowest;

    internal double Highest { get; } = highest;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var least = Lowest.ToScalar();
        using var most = Highest.ToScalar();
        return x.clamp(least, most);
    }
}

/// <summary>x for positive x, alpha · x for others (Maas et al. 2013).</summary>
public sealed class LeakyRelu(string name, double alpha) : UnaryLayer(name)
{
    internal double Alpha { get; } = alpha;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var alpha = Alpha.ToScalar();
        return x.leaky_relu(alpha);
    }
}

/// <summary>x for positive x, alpha · (eˣ − 1) for others (Clevert et al. 2015, arXiv 1511.07289).</summary>
public sealed class Elu(string name, double alpha) : UnaryLayer(name)
{
    internal double Alpha { get; } = alpha;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var alpha = Alpha.ToScalar();
        using var one = 1.ToScalar();
        return x.elu(alpha, one, one);
    }
}

/// <summary>x for positive x, a learnt factor of its channel times x for others (He et al. 2015, arXiv 1502.01852).</summary>
public sealed class PRelu : UnaryLayer
{
    /// <summary>Creates the layer with factors of 0.25, one for each channel or a single one.</summary>
    public PRelu(string name, int factors)
        : base(name)
    {
        using var start = 0.25f.ToScalar();
        AddParameter("weight", full(factors, start, device: CPU));
    }

    internal int Factors => (int)Parameters[0].Value.shape[0];

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.prelu(x, Find("weight")!.Like(x));
}

/// <summary>The hyperbolic tangent.</summary>
public sealed class Tanh(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => x.tanh();
}

/// <summary>log(1 + eˣ).</summary>
public sealed class Softplus(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => Of(x);

    /// <summary>max(x, 0) + log(1 + e^−|x|), which no x makes infinite. The caller owns the result.</summary>
    internal static Tensor Of(Tensor x)
    {
        // TorchSharp's softplus and mish make scalars that may be collected while libtorch reads them.
        using var size = x.abs();
        using var negative = size.neg();
        using var power = negative.exp();
        using var rest = power.log1p();
        using var positive = x.relu();
        using var one = 1.ToScalar();
        return positive.add(rest, one);
    }
}

/// <summary>x · tanh(softplus(x)) (Misra 2019, arXiv 1908.08681).</summary>
public sealed class Mish(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        using var softplus = Layers.Softplus.Of(x);
        using var gate = softplus.tanh();
        return x.mul(gate);
    }
}

/// <summary>eˣ over the sum of all channels' eˣ.</summary>
public sealed class Softmax(string name) : UnaryLayer(name)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.softmax(x, 1);
}
