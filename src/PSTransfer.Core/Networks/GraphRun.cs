using PSTransfer.Core.Networks.Layers;
using TorchSharp;

namespace PSTransfer.Core.Networks;

/// <summary>Runs a batch through a graph. A run can stop before a layer, be kept, and continue from there later.</summary>
internal sealed class GraphRun : IDisposable
{
    private readonly Graph _graph;
    private readonly torch.Tensor?[] _outputs; // the graph's input comes first, the output of node i at i + 1
    private readonly int _begin; // the node whose output is the caller's
    private int _next;

    /// <param name="graph">The graph.</param>
    /// <param name="x">The input, or the output of <paramref name="after"/>; the caller keeps its ownership.</param>
    /// <param name="after">The node after which the run starts; −1 to start at the beginning.</param>
    public GraphRun(Graph graph, torch.Tensor x, int after = -1)
    {
        (_graph, _begin, _next) = (graph, after, after + 1);
        _outputs = new torch.Tensor?[graph.Nodes.Count + 1];
        _outputs[_next] = x.alias();
    }

    /// <summary>The size in bytes of all outputs that later nodes still need.</summary>
    public long Bytes => _outputs.Sum(output => output is null ? 0 : output.numel() * output.element_size());

    /// <summary>Runs the nodes before a layer's first application and returns the layer's input. The run owns the result.</summary>
    public torch.Tensor AdvanceTo(Layer layer, ForwardPass pass)
    {
        var node = Enumerable.Range(0, _graph.Nodes.Count).First(i => _graph.Nodes[i].Layer == layer);
        Advance(node, pass);
        return _outputs[_graph.Nodes[node].Inputs[0] + 1]!;
    }

    /// <summary>Runs up to and including a node and returns its output. The caller owns the result.</summary>
    public torch.Tensor Finish(int node, ForwardPass pass)
    {
        Advance(node + 1, pass);
        var result = _outputs[node + 1]!;
        _outputs[node + 1] = null;
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var output in _outputs)
        {
            output?.Dispose();
        }
    }

    private void Advance(int end, ForwardPass pass)
    {
        for (; _next < end; _next++)
        {
            var (layer, places, _) = _graph.Nodes[_next];
            var inputs = Array.ConvertAll(places, place => _outputs[place + 1]!);
            if (_graph.Overwritten[_next] is var over and >= 0 && places[over] != _begin)
            {
                layer.Overwrite(inputs, over);
                (_outputs[_next + 1], _outputs[places[over] + 1]) = (inputs[over], null);
            }
            else
            {
                _outputs[_next + 1] = layer.Forward(inputs, pass);
            }

            foreach (var place in places)
            {
                if (_graph.LastUse[place + 1] == _next)
                {
                    _outputs[place + 1]?.Dispose();
                    _outputs[place + 1] = null;
                }
            }
        }
    }
}
