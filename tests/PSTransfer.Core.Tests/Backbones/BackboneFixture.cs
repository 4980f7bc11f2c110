using System.Runtime.InteropServices;

namespace PSTransfer.Core.Tests.Backbones;

/// <summary>The fixtures of the backbones: cases of a phase, an input's shape and the pooled features of its first image.</summary>
internal static class BackboneFixture
{
    /// <summary>How far features may be off in the inference phase, relative; a slip must cost ten times that.</summary>
    public const double InferenceTolerance = 1e-4;

    // By the fixture's own float32Error, deep networks that divide by a rounded deviation at each layer are up to this far from float64.
    public const double TrainingTolerance = 1e-3;

    /// <summary>A backbone with other nodes in the places of some; null keeps a node.</summary>
    public static TransferNetwork CreateOther(string name, JsonElement @case, Func<Node, Node?> replace)
    {
        var spec = BackboneCatalogue.Find(name);
        var replaced = 0;
        var network = Create(spec with { Layout = Layout }, @case);
        Assert.NotEqual(0, replaced);
        return network;

        IReadOnlyList<Layer> Layout(GraphBuilder g)
        {
            spec.Layout(g);
            var nodes = (List<Node>)g.Nodes;
            for (var i = 0; i < nodes.Count; i++)
            {
                if (replace(nodes[i]) is { } other)
                {
                    nodes[i] = other;
                    replaced++;
                }
            }

            return [.. nodes.Select(node => node.Layer).Where(layer => layer.Name.Length > 0).Distinct()];
        }
    }

    public static JsonElement[] Cases(string name) => [.. Fixture.Read($"backbones/{name}.json").EnumerateArray()];

    public static bool IsTraining(JsonElement @case) => @case.GetProperty("phase").GetString() == "training";

    public static long[] Shape(JsonElement @case) => [.. @case.GetProperty("input").EnumerateArray().Select(size => size.GetInt64())];

    public static TransferNetwork Create(BackboneSpec spec, JsonElement @case)
    {
        var shape = Shape(@case);
        var network = TransferNetwork.Create(spec, new ImageShape((int)shape[2], (int)shape[3], (int)shape[1]), seed: null);
        Seeded.Fill(network, @case.TryGetProperty("gain", out var gain) ? gain.GetDouble() : 1);
        return network;
    }

    /// <summary>The relative distance of the features from the fixture's; the announced shape must be the real one besides.</summary>
    public static double Distance(TransferNetwork network, JsonElement @case)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return Distance(
            network.Backbone.Forward(
                Seeded.Input(network, Shape(@case)), IsTraining(@case) ? ForwardPass.Training() : ForwardPass.Inference),
            @case);
    }

    public static double Distance(torch.Tensor map, JsonElement @case)
    {
        using var pooled = map.mean([2, 3]);
        var expected = MemoryMarshal.Cast<byte, float>(@case.GetProperty("features").GetBytesFromBase64()).ToArray();
        return FixtureRun.Distance([.. pooled.data<float>().Take(expected.Length)], expected);
    }
}
