using PSTransfer.Core.Networks.Layers;
using TorchSharp;

namespace PSTransfer.Core.Networks;

/// <summary>A batch on its way through a graph. It can halt before a layer, be kept, and go on later from there.</summary>
internal sealed class GraphRun : IDisposable
{
    private readonly Graph _graph;
    private readonly torch.Tensor?[] _outputs; // the graph's input first: node i's is at i + 1
    private readonly int _begin; // the node whose output is the caller's
    private int _next;

    /// <param name="graph">The graph.</param>
    /// <param name="x">The input, or the output of <paramref name="after"/>; it stays the caller's.</param>
    /// <param name="after">The node to go on after; −1 to begin at the beginning.</param>
    public GraphRun(Graph graph, torch.Tensor x, int after = -1)
    {
        (_graph, _begin, _next) = (graph, after, after + 1);
        _outputs = new torch.Tensor?[graph.Nodes.Count + 1];
        _outputs[_next] = x.alias();
    }

    /// <summary>Bytes of what later nodes still need.</summary>
    public long Bytes => _outputs.Sum(output => output is null ? 0 : output.numel() * output.element_size());

    /// <summary>Runs what comes before a layer's first application, and gives what enters it. The run owns that.</summary>
    public torch.Tensor AdvanceTo(Layer layer, ForwardPass pass)
    {
        var node = Enumerable.Range(0, _graph.Nodes.Count).First(i => _graph.Nodes[i].Layer == layer);
        Advance(node, pass);
        return _outputs[_graph.Nodes[node].Inputs[0] + 1]!;
    }

    /// <summary>Runs up to and including a node, and gives its output. The caller owns it.</summary>
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
