using PSTransfer.Core.Layers;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>One application of a layer to the outputs of earlier nodes; −1 stands for the graph's input.</summary>
internal sealed record Node(Layer Layer, int[] Inputs, FeatureShape OutputShape);

/// <summary>
/// A network as the list of its layer applications in the order of execution, and its named layers in the order in which the
/// original framework lists them. A layer may be applied more than once (torchvision's relu).
/// </summary>
public sealed class Graph : IDisposable
{
    private readonly IReadOnlyList<Node> _nodes;
    private readonly int[] _lastUse;

    internal Graph(FeatureShape inputShape, IReadOnlyList<Node> nodes, IReadOnlyList<Layer> layers)
    {
        InputShape = inputShape;
        _nodes = nodes;
        Layers = layers;
        _lastUse = new int[_nodes.Count];
        for (var i = 0; i < _nodes.Count; i++)
        {
            foreach (var input in _nodes[i].Inputs.Where(input => input >= 0))
            {
                _lastUse[input] = i;
            }
        }
    }

    /// <summary>The shape of one input.</summary>
    public FeatureShape InputShape { get; }

    /// <summary>The shape of one output.</summary>
    public FeatureShape OutputShape => _nodes[^1].OutputShape;

    /// <summary>The named layers, in the original's order.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The shape of a layer's output; of its last application where it is applied more than once.</summary>
    public FeatureShape ShapeOf(Layer layer) => _nodes.Last(node => node.Layer == layer).OutputShape;

    /// <summary>The shape of what enters a layer.</summary>
    public FeatureShape InputShapeOf(Layer layer)
    {
        var input = _nodes.First(node => node.Layer == layer).Inputs[0];
        return input < 0 ? InputShape : _nodes[input].OutputShape;
    }

    /// <summary>The layer that feeds the given one; null for the first.</summary>
    public Layer? Predecessor(Layer layer)
    {
        var input = _nodes.First(node => node.Layer == layer).Inputs[0];
        return input < 0 ? null : _nodes[input].Layer;
    }

    /// <summary>Runs a batch through the graph, or as far as the last application of <paramref name="upTo"/>. The caller owns the result.</summary>
    /// <param name="x">N×C×H×W, on the device of the layers.</param>
    /// <param name="pass">The learning phase and what may move in it.</param>
    /// <param name="upTo">The layer whose output is wanted; null for the last.</param>
    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass, Layer? upTo = null)
    {
        var end = upTo is null ? _nodes.Count - 1 : Enumerable.Range(0, _nodes.Count).Last(i => _nodes[i].Layer == upTo);
        var outputs = new torch.Tensor?[end + 1];
        try
        {
            for (var i = 0; i <= end; i++)
            {
                outputs[i] = _nodes[i].Layer.Forward([.. _nodes[i].Inputs.Select(input => input < 0 ? x : outputs[input]!)], pass);
                foreach (var input in _nodes[i].Inputs.Where(input => input >= 0 && _lastUse[input] == i))
                {
                    outputs[input]?.Dispose();
                    outputs[input] = null;
                }
            }

            var result = outputs[end]!;
            outputs[end] = null;
            return result;
        }
        finally
        {
            foreach (var output in outputs)
            {
                output?.Dispose();
            }
        }
    }

    /// <summary>Gives all layers their random start.</summary>
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
}
