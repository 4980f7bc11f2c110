using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Networks;

/// <summary>
/// Builds a <see cref="Graph"/> line by line, like the table in a paper. Each call applies one layer to the output of an earlier call and
/// returns the index of the new output. The builder tracks shapes, so that layers learn their input sizes.
/// </summary>
public sealed class GraphBuilder(FeatureShape inputShape)
{
    /// <summary>The index of the graph's input.</summary>
    public const int Input = -1;

    private readonly List<Node> _nodes = [];
    private readonly List<Layer> _listed = [];

    /// <summary>The eps of the BatchNorm layers.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The momentum of the BatchNorm layers, in torch's convention.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>The variance that the BatchNorm layers store.</summary>
    public VarianceEstimator Estimator { get; init; } = VarianceEstimator.Unbiased;

    internal IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Returns the shape of an earlier output.</summary>
    public FeatureShape ShapeOf(int x) => x == Input ? inputShape : _nodes[x].OutputShape;

    /// <summary>Applies a layer and lists it, if it has a name and isn't listed yet.</summary>
    public int Apply(Layer layer, params int[] inputs)
    {
        List(layer);
        return ApplyUnlisted(layer, inputs);
    }

    /// <summary>Applies a layer that is listed later.</summary>
    public int ApplyUnlisted(Layer layer, params int[] inputs)
    {
        _nodes.Add(new Node(layer, inputs, layer.OutputShape([.. inputs.Select(ShapeOf)])));
        return _nodes.Count - 1;
    }

    /// <summary>Adds a layer to the end of the list.</summary>
    public void List(Layer layer)
    {
        if (layer.Name.Length > 0 && !_listed.Contains(layer))
        {
            _listed.Add(layer);
        }
    }

    /// <summary>Applies a convolution with a square kernel and <paramref name="padding"/> zeros on all sides.</summary>
    public int Conv(string name, int x, int channels, int kernel, int stride = 1, int padding = 0, bool bias = false, int groups = 1) =>
        Conv(name, x, channels, Window.Square(kernel, stride, padding), bias, groups);

    /// <summary>Applies a convolution.</summary>
    public int Conv(string name, int x, int channels, Window window, bool bias = false, int groups = 1) =>
        Apply(new Conv(name, ShapeOf(x).Channels, channels, window, bias, groups), x);

    /// <summary>Applies a convolution of each channel on its own.</summary>
    public int DepthwiseConv(string name, int x, Window window, bool bias = false) =>
        Conv(name, x, ShapeOf(x).Channels, window, bias, groups: ShapeOf(x).Channels);

    /// <summary>Applies Keras' separable convolution.</summary>
    public int SeparableConv(string name, int x, int channels, Window window) =>
        Apply(new SeparableConv(name, ShapeOf(x).Channels, channels, window), x);

    /// <summary>
    /// Applies a batch normalisation with the builder's eps, momentum and estimator, and without gamma unless <paramref name="scale"/> is
    /// set.
    /// </summary>
    public int BatchNorm(string name, int x, bool scale = true) =>
        Apply(new BatchNorm(name, ShapeOf(x).Channels, Epsilon, Momentum, Estimator, scale), x);

    /// <summary>Applies a fully connected layer.</summary>
    public int Dense(string name, int x, int outputs) => Apply(new Dense(name, ShapeOf(x).Size, outputs), x);

    /// <summary>Applies max(x, 0).</summary>
    public int Relu(string name, int x) => Apply(new Relu(name), x);

    /// <summary>
    /// Returns the finished graph. Layers are listed in the order of their first application, unless another order is given.
    /// </summary>
    public Graph Build(IReadOnlyList<Layer>? order = null) => new(inputShape, _nodes, order ?? _listed);
}
