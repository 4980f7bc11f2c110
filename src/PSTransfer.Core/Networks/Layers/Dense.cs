using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>A fully connected layer, N×in to N×out. The weight is out×in.</summary>
/// <remarks>The layer computes in float32 in every precision: for a batch's few rows, libtorch multiplies bfloat16 matrices some 30 times
/// as slowly.</remarks>
public sealed class Dense : UnaryLayer
{
    private readonly int _inputs;
    private readonly int _outputs;

    /// <summary>Creates the layer.</summary>
    public Dense(string name, int inputs, int outputs)
        : base(name)
    {
        (_inputs, _outputs) = (inputs, outputs);
        AddParameter("weight", empty(outputs, inputs, device: CPU));
        AddParameter("bias", zeros(outputs, device: CPU));
    }

    internal int Outputs => _outputs;

    /// <summary>Sets Glorot-uniform weights and a zero bias, as Keras starts.</summary>
    protected override void Initialize(Tensor parameter, Generator random)
    {
        if (parameter.dim() > 1)
        {
            var limit = Math.Sqrt(6.0 / (_inputs + _outputs));
            parameter.uniform_(-limit, limit, random);
        }
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) =>
        nn.functional.linear(x.In(Precision.Float32), Find("weight")!, Find("bias"));

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => FeatureShape.Vector(_outputs);
}
