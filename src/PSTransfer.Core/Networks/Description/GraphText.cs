using System.Text.Json;
using System.Text.Json.Serialization;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Networks.Description;

/// <summary>
/// A graph in writing: its layers, their applications, and the order in which the original lists them. A model's file holds it, so that a
/// network of any origin can be built again.
/// </summary>
/// <param name="Layers">The layers, in the order of their first application.</param>
/// <param name="Nodes">The applications in the order of execution. Each is the number of a layer, then the numbers of the nodes whose
/// outputs it reads; −1 stands for the graph's input.</param>
/// <param name="Listed">The numbers of the layers with names, in the original's order.</param>
internal sealed record GraphText(
    IReadOnlyList<LayerText> Layers, IReadOnlyList<IReadOnlyList<int>> Nodes, IReadOnlyList<int> Listed)
{
    private const int MostNodes = 1 << 16;
    private const int LargestSide = 1 << 14;
    private const long LargestMap = 1L << 30;

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes a graph.</summary>
    public static GraphText Of(Graph graph)
    {
        var layers = graph.ByExecution.ToList();
        var numbers = layers.Index().ToDictionary(one => one.Item, one => one.Index);
        return new GraphText(
            [.. layers.Select(LayerForms.Write)],
            [.. graph.Nodes.Select(node => (IReadOnlyList<int>)[numbers[node.Layer], .. node.Inputs])],
            [.. graph.Layers.Select(layer => numbers[layer])]);
    }

    /// <summary>Writes the layers into a builder and returns them in the order in which they are listed.</summary>
    /// <param name="builder">The builder, without nodes.</param>
    /// <param name="numbers">The most numbers that all tensors may have together.</param>
    /// <exception cref="PSTransferException">InvalidArgument: the graph is damaged or impossible; the message names the layer.</exception>
    public IReadOnlyList<Layer> WriteTo(GraphBuilder builder, long numbers = long.MaxValue)
    {
        Require(Nodes.Count is >= 1 and <= MostNodes, $"{Nodes.Count} applications of layers");
        var allowance = new NumberAllowance(numbers);
        var layers = new Layer?[Layers.Count];
        var channels = new Dictionary<Layer, int>();
        var done = false;
        try
        {
            foreach (var (index, node) in Nodes.Index())
            {
                Require(
                    node.Count >= 2 && node[0] >= 0 && node[0] < layers.Length && node.Skip(1).All(input => input >= -1 && input < index),
                    $"application {index} of a layer that isn't there, or to an output that isn't there yet");
                int[] inputs = [.. node.Skip(1)];
                FeatureShape[] shapes = [.. inputs.Select(builder.ShapeOf)];
                var layer = layers[node[0]] ??= LayerForms.Make(Layers[node[0]], shapes, allowance);
                Require(
                    layer.Parameters.Count == 0 || channels.TryAdd(layer, shapes[0].Channels) || channels[layer] == shapes[0].Channels,
                    $"the layer '{layer.Name}' on outputs of different channels");
                var shape = builder.ShapeOf(builder.ApplyUnlisted(layer, inputs));
                Require(
                    shape is { Channels: >= 1, Height: >= 1 and <= LargestSide, Width: >= 1 and <= LargestSide }
                        && (long)shape.Channels * shape.Height * shape.Width <= LargestMap,
                    $"the layer '{layer.Name}' with an output of {shape}; with larger or smaller images it may be possible");
            }

            Require(
                Listed.Count == Listed.Distinct().Count()
                    && Listed.All(number => number >= 0 && number < layers.Length && layers[number] is not null),
                "a list of layers that aren't there");
            var listed = Listed.Select(number => layers[number]!).ToList();
            var names = listed.Select(layer => layer.Name).ToList();
            Require(names.Count == names.Distinct().Count() && !names.Contains(string.Empty), "two layers of one name");
            Require(
                layers.All(layer => layer is null || listed.Contains(layer) || (layer.Parameters.Count == 0 && layer.Buffers.Count == 0)),
                "a layer with weights that isn't listed");
            done = true;
            return listed;
        }
        finally
        {
            if (!done)
            {
                foreach (var layer in layers)
                {
                    layer?.Dispose();
                }
            }
        }
    }

    /// <summary>The first application in which two graphs differ, in words for each; null if they are equal.</summary>
    public (string This, string Other)? FirstDifference(GraphText other)
    {
        for (var i = 0; i < Math.Max(Nodes.Count, other.Nodes.Count); i++)
        {
            var (ours, theirs) = (Application(i), other.Application(i));
            if (ours != theirs)
            {
                return (ours, theirs);
            }
        }

        return null;
    }

    private string Application(int index) => index < Nodes.Count
        ? $"application {index}: {JsonSerializer.Serialize(Layers[Nodes[index][0]], Json)} of {string.Join(", ", Nodes[index].Skip(1))}"
        : $"no application {index}";

    private static void Require(bool holds, string found)
    {
        if (!holds)
        {
            throw new PSTransferException(FaultKind.InvalidArgument, $"the network's graph has {found}.");
        }
    }
}
