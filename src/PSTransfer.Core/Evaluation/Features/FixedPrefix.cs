using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>
/// The longest run of first layers whose output for an image stays the same throughout training. No such layer learns, updates statistics,
/// normalises by the batch or drops values. Its output is computed only once per image.
/// </summary>
/// <param name="Cut">The cut after these layers.</param>
/// <param name="Layers">The layers before the cut, in the order of execution.</param>
/// <param name="LastLayer">The name of the last layer before the cut that has one.</param>
/// <param name="OutputShape">The shape of one image's features at the cut.</param>
/// <param name="Share">The layers' share of the network's multiplications, above 0 and below 1.</param>
internal sealed record FixedPrefix(NetworkCut Cut, IReadOnlyList<Layer> Layers, string LastLayer, FeatureShape OutputShape, double Share)
{
    /// <summary>
    /// The smallest share of the work that is worth caching. Below it, keeping maps costs more than it saves: a first convolution alone has
    /// the largest maps and 3 % of a ResNet.
    /// </summary>
    private const double WorthwhileShare = 0.1;

    /// <summary>Finds the longest prefix of a network in a learning phase; null if none is worth keeping.</summary>
    /// <param name="network">A network with a head.</param>
    /// <param name="isTraining">Whether the phase is the training phase of a step; otherwise it is the inference phase of a
    /// validation.</param>
    public static FixedPrefix? Of(TransferNetwork network, bool isTraining)
    {
        var (backbone, head) = (network.Backbone, network.RequireHead());
        var inBackbone = backbone.Nodes.TakeWhile(node => IsFixed(node.Layer, isTraining)).Count();
        var inHead = inBackbone < backbone.Nodes.Count ? 0 : head.Nodes.TakeWhile(node => IsFixed(node.Layer, isTraining)).Count();
        var cut = head.LastCut(inHead) is >= 0 and var last
            ? new NetworkCut(true, last)
            : new NetworkCut(false, backbone.LastCut(inBackbone));
        var nodes = cut.InHead ? [.. backbone.Nodes, .. head.Nodes.Take(cut.Node + 1)] : backbone.Nodes.Take(cut.Node + 1).ToList();
        var share = nodes.Sum(Work) / backbone.Nodes.Concat(head.Nodes).Sum(Work);
        return share >= WorthwhileShare
            ? new FixedPrefix(
                cut,
                [.. nodes.Select(node => node.Layer).Distinct()],
                nodes.Last(node => node.Layer.Name.Length > 0).Layer.Name,
                nodes[^1].OutputShape,
                share)
            : null;
    }

    private static bool IsFixed(Layer layer, bool isTraining) =>
        !layer.Learns
        && (!isTraining || layer.Regularizes is not true)
        && layer is not BatchNorm { UpdatesStatistics: true }
        && (!isTraining || layer is not BatchNorm { NormalizesBy: NormalizationSource.Batch });

    /// <summary>The multiplications for one image. Each weight of a kernel or matrix is used once at each place of the output.</summary>
    private static double Work(Node node) =>
        node.Layer.Parameters.Where(p => p.Value.dim() > 1).Sum(p => (double)p.Value.numel())
            * node.OutputShape.Height * node.OutputShape.Width;
}
