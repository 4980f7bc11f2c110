using PSTransfer.Core.Layers;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>A batch on its way through a graph. It can halt before a layer, be kept, and go on later from there.</summary>
internal sealed class GraphRun : IDisposable
{
    private readonly IReadOnlyList<Node> _nodes;

    // Both begin with the graph's input: node i is at i + 1.
    private readonly int[] _lastUse;
    private readonly torch.Tensor?[] _outputs;
    private int _next;

    /// <param name="nodes">The graph's.</param>
    /// <param name="lastUse">For the input and each node, the last node that reads it.</param>
    /// <param name="x">The input, or the output of <paramref name="after"/>; it stays the caller's.</param>
    /// <param name="after">The node to go on after; −1 to begin at the beginning.</param>
    public GraphRun(IReadOnlyList<Node> nodes, int[] lastUse, torch.Tensor x, int after = -1)
    {
        (_nodes, _lastUse, _next) = (nodes, lastUse, after + 1);
        _outputs = new torch.Tensor?[nodes.Count + 1];
        _outputs[_next] = x.alias();
    }

    /// <summary>Bytes of what later nodes still need.</summary>
    public long Bytes => _outputs.Sum(output => output is null ? 0 : output.numel() * output.element_size());

    /// <summary>Runs what comes before a layer's first application, and gives what enters it. The run owns that.</summary>
    public torch.Tensor AdvanceTo(Layer layer, ForwardPass pass)
    {
        var node = Enumerable.Range(0, _nodes.Count).First(i => _nodes[i].Layer == layer);
        Advance(node, pass);
        return _outputs[_nodes[node].Inputs[0] + 1]!;
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
            var (layer, inputs, _) = _nodes[_next];
            _outputs[_next + 1] = layer.Forward([.. inputs.Select(input => _outputs[input + 1]!)], pass);
            foreach (var input in inputs.Where(input => _lastUse[input + 1] == _next))
            {
                _outputs[input + 1]?.Dispose();
                _outputs[input + 1] = null;
            }
        }
    }
}
