using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// The order of Keras' <c>model.layers</c>, in which <c>model.layers[:140]</c> counts. Layers are sorted by depth, the longest distance
/// from the output, deepest first. At equal depth, the order is that in which a walk back from the output first meets them. In Keras, an
/// operation without a name (a convolution's activation) is part of the layer before it. Such an operation isn't listed and adds nothing to
/// the depth.
/// </summary>
internal static class KerasLayerOrder
{
    public static IReadOnlyList<Layer> Of(GraphBuilder builder)
    {
        var nodes = builder.Nodes;
        var depth = new int[nodes.Count];
        for (var i = nodes.Count - 1; i >= 0; i--)
        {
            var distance = nodes[i].Layer.Name.Length > 0 ? 1 : 0;
            foreach (var input in nodes[i].Inputs.Where(input => input >= 0))
            {
                depth[input] = Math.Max(depth[input], depth[i] + distance);
            }
        }

        var met = new List<int>();
        Walk(nodes.Count - 1);
        return [.. met.OrderByDescending(i => depth[i]).Select(i => nodes[i].Layer).Where(layer => layer.Name.Length > 0)];

        void Walk(int node)
        {
            if (node < 0 || met.Contains(node))
            {
                return;
            }

            met.Add(node);
            foreach (var input in nodes[node].Inputs)
            {
                Walk(input);
            }
        }
    }
}
