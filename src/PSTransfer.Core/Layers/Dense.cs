using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Layers;

/// <summary>A fully connected layer, N×in to N×out; weight out×in.</summary>
public sealed class Dense : UnaryLayer
{
    private readonly int outputs;

    /// <summary>Creates the layer with Glorot-uniform weights and a zero bias, as Keras does.</summary>
    public Dense(string name, int inputs, int outputs, Generator random)
        : base(name)
    {
        this.outputs = outputs;
        var limit = Math.Sqrt(6.0 / (inputs + outputs));
        AddParameter("weight", rand([outputs, inputs], generator: random).mul_(2 * limit).sub_(limit));
        AddParameter("bias", zeros(outputs));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass) => nn.functional.linear(x, Find("weight")!, Find("bias"));

    /// <inheritdoc/>
    protected override FeatureShape OutputShape(FeatureShape input) => FeatureShape.Vector(outputs);
}
