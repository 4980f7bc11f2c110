using PSTransfer.Core.Layers;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Backbones;

/// <summary>
/// The order of Keras' <c>model.layers</c>, which <c>model.layers[:140]</c> counts in: by depth, the longest distance from the output,
/// deepest first; at equal depth in the order in which a walk back from the output first meets them.
/// </summary>
internal static class KerasLayerOrder
{
    public static IReadOnlyList<Layer> Of(GraphBuilder builder)
    {
        var nodes = builder.Nodes;
        var depth = new int[nodes.Count];
        for (var i = nodes.Count - 1; i >= 0; i--)
        {
            foreach (var input in nodes[i].Inputs.Where(input => input >= 0))
            {
                depth[input] = Math.Max(depth[input], depth[i] + 1);
            }
        }

        var met = new List<int>();
        Walk(nodes.Count - 1);
        return [.. met.OrderByDescending(i => depth[i]).Select(i => nodes[i].Layer)];

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
