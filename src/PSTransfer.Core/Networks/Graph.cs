using PSTransfer.Core.Networks.Layers;
using TorchSharp;

namespace PSTransfer.Core.Networks;

/// <summary>One application of a layer to the outputs of earlier nodes. The input −1 stands for the graph's input.</summary>
internal sealed record Node(Layer Layer, int[] Inputs, FeatureShape OutputShape);

/// <summary>
/// A network as the list of its layer applications, in the order of execution. It also lists the named layers, in the order of the original
/// framework. A layer may be applied more than once (torchvision's relu).
/// </summary>
public sealed class Graph : IDisposable
{
    private readonly IReadOnlyList<Node> _nodes;

    internal Graph(FeatureShape inputShape, IReadOnlyList<Node> nodes, IReadOnlyList<Layer> layers)
    {
        InputShape = inputShape;
        _nodes = nodes;
        Layers = layers;
        LastUse = new int[_nodes.Count + 1];
        var readers = new int[_nodes.Count + 1];
        for (var i = 0; i < _nodes.Count; i++)
        {
            foreach (var input in _nodes[i].Inputs)
            {
                LastUse[input + 1] = i;
                readers[input + 1]++;
            }
        }

        Overwritten = [.. _nodes.Select(node => Array.FindIndex(node.Inputs, input =>
                input >= 0
                && readers[input + 1] == 1
                && node.Layer.CanOverwrite(Array.IndexOf(node.Inputs, input))
                && LeavesItsOutputAlone(_nodes[input].Layer)))];
    }

    /// <summary>The last node that reads the graph's input, followed by the last reader of each node's output.</summary>
    internal int[] LastUse { get; }

    /// <summary>
    /// For each node, the input that it overwrites with its output; −1 for none. Overwriting saves the memory of a map, and its page
    /// faults.
    /// </summary>
    internal int[] Overwritten { get; }

    /// <summary>The shape of one input.</summary>
    public FeatureShape InputShape { get; }

    /// <summary>The shape of one output.</summary>
    public FeatureShape OutputShape => _nodes[^1].OutputShape;

    /// <summary>The named layers, in the original's order.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The layers in the order of execution. If branches are listed otherwise, this isn't the original's order.</summary>
    internal IEnumerable<Layer> ByExecution => _nodes.Select(node => node.Layer).Distinct();

    /// <summary>The layer applications, in the order of execution.</summary>
    internal IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Returns the shape of a layer's output; for several applications, that of the last one.</summary>
    public FeatureShape ShapeOf(Layer layer) => _nodes.Last(node => node.Layer == layer).OutputShape;

    /// <summary>Returns the shape of a layer's input.</summary>
    public FeatureShape InputShapeOf(Layer layer)
    {
        var input = _nodes.First(node => node.Layer == layer).Inputs[0];
        return input < 0 ? InputShape : _nodes[input].OutputShape;
    }

    /// <summary>Returns the layer that feeds the given one; null for the first layer.</summary>
    public Layer? Predecessor(Layer layer)
    {
        var input = _nodes.First(node => node.Layer == layer).Inputs[0];
        return input < 0 ? null : _nodes[input].Layer;
    }

    /// <summary>
    /// Runs a batch through the graph, or as far as the last application of <paramref name="upTo"/>. The caller owns the result.
    /// </summary>
    /// <param name="x">N×C×H×W, on the device of the layers.</param>
    /// <param name="pass">The learning phase and what may move in it.</param>
    /// <param name="upTo">The layer whose output is returned; null for the last.</param>
    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass, Layer? upTo = null)
    {
        var end = upTo is null ? _nodes.Count - 1 : Enumerable.Range(0, _nodes.Count).Last(i => _nodes[i].Layer == upTo);
        return ForwardTo(x, end, pass);
    }

    /// <summary>Starts a run that can stop on its way.</summary>
    internal GraphRun Start(torch.Tensor x) => new(this, x);

    /// <summary>
    /// Runs the nodes after a given one, from the output of that node. No earlier output may be needed any more: see <see cref="LastCut"/>.
    /// The caller owns the result.
    /// </summary>
    internal torch.Tensor ForwardFrom(torch.Tensor x, int node, ForwardPass pass)
    {
        using var entering = pass.Enter(x);
        using var run = new GraphRun(this, entering, after: node);
        return run.Finish(_nodes.Count - 1, pass);
    }

    /// <summary>Runs a batch up to and including a node. The caller owns the result.</summary>
    internal torch.Tensor ForwardTo(torch.Tensor x, int node, ForwardPass pass)
    {
        using var entering = pass.Enter(x);
        using var run = Start(entering);
        return run.Finish(node, pass);
    }

    /// <summary>
    /// Returns the last of the first <paramref name="count"/> nodes at which the network can be cut in two. At a cut, no later node reads
    /// an output from before it. Returns −1 if there is none.
    /// </summary>
    internal int LastCut(int count)
    {
        var (cut, reach) = (-1, LastUse[0]);
        for (var node = 0; node < count; node++)
        {
            // A cut: all outputs made before this node are read for the last time here, or earlier.
            cut = reach <= node ? node : cut;
            reach = Math.Max(reach, LastUse[node + 1]);
        }

        return cut;
    }

    /// <summary>Sets all layers to their random start.</summary>
    public void Initialize(int seed)
    {
        using var random = new torch.Generator((ulong)(uint)seed, torch.CPU);
        foreach (var layer in Layers)
        {
            layer.Initialize(random);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.Layer.Dispose();
        }
    }

    /// <summary>
    /// Whether a layer makes an output of its own (not a view of its input) and doesn't need this output for its gradients.
    /// </summary>
    private static bool LeavesItsOutputAlone(Layer layer) => layer is Conv or FoldedConv or BatchNorm or Add;
}
