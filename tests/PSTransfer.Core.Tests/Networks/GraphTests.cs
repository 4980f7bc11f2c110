namespace PSTransfer.Core.Tests.Networks;

public sealed class GraphTests
{
    private static readonly FeatureShape _map = new(3, 4, 4);

    [Fact]
    public void WhatOnlyOneLayerReadsIsOverwritten()
    {
        var g = new GraphBuilder(_map);
        var x = g.Conv("conv", GraphBuilder.Input, 3, kernel: 1);
        var y = g.BatchNorm("bn", x);
        y = g.Apply(new Relu("relu"), y);
        y = g.BatchNorm("bn2", y);
        var sum = g.Apply(new Add(string.Empty), x, y);
        sum = g.Apply(new Relu("relu2"), sum);
        g.Apply(new Relu("relu3"), sum);
        using var graph = new Graph(_map, g.Nodes, []);

        // conv is read twice, relu and relu2 need their outputs for their gradients; the sum may go over its second input.
        Assert.Equal([-1, -1, 0, -1, 1, 0, -1], graph.Overwritten);
    }

    [Fact]
    public void TheInputOfAGraphStaysAsItIs()
    {
        using var scope = torch.NewDisposeScope();
        var g = new GraphBuilder(_map);
        g.Apply(new Relu("relu"), GraphBuilder.Input);
        using var graph = new Graph(_map, g.Nodes, []);
        var x = torch.ones(1, 3, 4, 4).neg();

        graph.Forward(x, ForwardPass.Inference);

        Assert.Equal(-1, x.min().item<float>());
    }

    [Fact]
    public void WhatARunBeginsWithStaysAsItIs()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var graph = NormThenRelu();
        var kept = torch.ones(1, 3, 4, 4).neg();

        var y = graph.ForwardFrom(kept, 0, ForwardPass.Inference);

        Assert.Equal(0, y.max().item<float>());
        Assert.Equal(-1, kept.min().item<float>());
    }

    [Fact]
    public void AnOutputThatIsAskedForStaysAsItIs()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var graph = NormThenRelu();
        var x = torch.ones(1, 3, 4, 4).neg();

        var normalized = graph.ForwardTo(x, 0, ForwardPass.Inference);
        graph.Forward(x, ForwardPass.Inference);

        Assert.True(normalized.max().item<float>() < 0);
    }

    private static Graph NormThenRelu()
    {
        var g = new GraphBuilder(_map);
        g.Apply(new Relu("relu"), g.BatchNorm("bn", GraphBuilder.Input));
        return new Graph(_map, g.Nodes, []);
    }
}
