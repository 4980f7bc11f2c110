namespace PSTransfer.Core.Tests.Networks.Layers;

public sealed class StochasticDepthTests
{
    [Fact]
    public void AWholeImageIsDroppedOrScaledUp()
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(3, torch.CPU);
        using var layer = new StochasticDepth("drop", 0.25);
        var y = layer.Forward([torch.full(1000, 2, 3, 3, 3f)], ForwardPass.Fit(random)).reshape(1000, 18);

        var images = y.data<float>().Chunk(18).Select(image => Assert.Single(image.Distinct())).ToList();
        Assert.Equal([0f, 4f], images.Distinct().Order());
        Assert.InRange(images.Count(value => value == 0), 200, 300);
    }

    /// <summary>As torchvision lists it in blocks without a shortcut.</summary>
    [Fact]
    public void WithRateZeroItNeverActs()
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(3, torch.CPU);
        using var layer = new StochasticDepth("drop", 0);
        Assert.False(layer.Regularizes);
        Assert.Equal([1f, 2], layer.Forward([torch.tensor([1f, 2]).reshape(2, 1, 1, 1)], ForwardPass.Fit(random)).data<float>());
    }

    /// <summary>
    /// Where nothing learns there is nothing to regularise, and a frozen backbone must give the same features in both phases.
    /// </summary>
    [Theory]
    [InlineData(FreezeMode.None, true)]
    [InlineData(FreezeMode.Statistics, true)]
    [InlineData(FreezeMode.Inference, false)]
    [InlineData(FreezeMode.Legacy, false)]
    [InlineData(FreezeMode.Drifting, false)]
    [InlineData(FreezeMode.LiveBatchNorm, false)]
    public void ItActsOnlyWhereTheLayersLearn(FreezeMode mode, bool acts)
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(3, torch.CPU);
        using var layer = new StochasticDepth("drop", 0.5) { Mode = mode };
        var x = torch.ones(64, 1, 2, 2);

        Assert.Equal(acts, layer.Regularizes);
        Assert.Equal(acts, !layer.Forward([x], ForwardPass.Fit(random)).data<float>().SequenceEqual(x.data<float>()));
        Assert.Equal(x.data<float>(), layer.Forward([x], ForwardPass.Training()).data<float>());
        Assert.Equal(x.data<float>(), layer.Forward([x], ForwardPass.Inference).data<float>());
    }
}
