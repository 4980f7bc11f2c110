using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>
/// A network in its present inference phase, rewritten to run faster: BatchNorm is folded into the convolution before it, and memory is
/// channels-last. Answers agree with those of the layers within rounding. Commands that test a model (Test-LearningPhase,
/// Measure-TransferModel) run the unchanged layers instead.
/// </summary>
internal sealed class InferencePlan : IDisposable
{
    private readonly TransferNetwork _network;
    private readonly List<FoldedConv> _folded = [];
    private readonly Graph _backbone;
    private readonly Graph? _head;

    /// <param name="network">The network; later changes to its weights have no effect.</param>
    /// <param name="cut">The cut to stop at; null for logits.</param>
    public InferencePlan(TransferNetwork network, NetworkCut? cut = null)
    {
        _network = network;
        _backbone = Rewrite(network.Backbone, cut is { InHead: false } place ? place.Node + 1 : network.Backbone.Nodes.Count);
        var headNodes = cut is null ? network.RequireHead().Nodes.Count : cut is { InHead: true } inHead ? inHead.Node + 1 : 0;
        _head = headNodes == 0 ? null : Rewrite(network.RequireHead(), headNodes);
    }

    /// <summary>The rewritten backbone.</summary>
    public Graph Backbone => _backbone;

    /// <summary>The rewritten head; null if the plan stops before it.</summary>
    public Graph? Head => _head;

    /// <summary>How many BatchNorm layers were folded away.</summary>
    public int FoldedCount => _folded.Count;

    /// <summary>Runs a batch of pixels. The caller owns the result.</summary>
    /// <param name="pixels">N×C×H×W, float32, 0 to 255, on the network's device.</param>
    public torch.Tensor Forward(torch.Tensor pixels)
    {
        using var noGradient = torch.no_grad();
        using var prepared = _network.Pixels.Prepare(pixels);
        using var channelsLast = prepared.ChannelsLast();
        var features = _backbone.Forward(channelsLast, ForwardPass.Inference);
        if (_head is null)
        {
            return features;
        }

        using (features)
        {
            return _head.Forward(features, ForwardPass.Inference);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var folded in _folded)
        {
            folded.Dispose();
        }
    }

    private Graph Rewrite(Graph graph, int count)
    {
        var nodes = graph.Nodes.Take(count).ToList();
        var readers = nodes.Select(_ => new List<int>()).ToList();
        foreach (var (reader, node) in nodes.Index())
        {
            foreach (var input in node.Inputs.Where(input => input >= 0))
            {
                readers[input].Add(reader);
            }
        }

        // The present place of each old node's output. A node that is read outside, the last one, is in no list of readers and stays.
        var place = new int[count];
        var rewritten = new List<Node>();
        var absorbed = new HashSet<int>();
        for (var i = 0; i < count; i++)
        {
            if (absorbed.Contains(i))
            {
                continue;
            }

            var (layer, inputs, shape) = nodes[i];
            place[i] = rewritten.Count;
            if (layer is Conv conv && readers[i] is [var next] && nodes[next].Layer is BatchNorm norm)
            {
                var folded = new FoldedConv(conv, norm);
                _folded.Add(folded);
                layer = folded;
                place[next] = place[i];
                absorbed.Add(next);
            }

            rewritten.Add(new Node(layer, [.. inputs.Select(input => input < 0 ? input : place[input])], shape));
        }

        return new Graph(graph.InputShape, rewritten, []);
    }
}
