namespace PSTransfer.Core.Tests.Networks.Layers;

public sealed class AddTests
{
    [Fact]
    public void TheSecondIsScaled()
    {
        using var scope = torch.NewDisposeScope();
        using var x = torch.tensor([1f, 2]);
        using var y = torch.tensor([10f, 20]);
        Assert.Equal([11f, 22], new Add("add").Forward([x, y], ForwardPass.Inference).data<float>());
        Assert.Equal([2f, 4], new Add("add", 0.1).Forward([x, y], ForwardPass.Inference).data<float>(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    /// <summary>A factor that isn't held fails one run in three.</summary>
    [Fact]
    public void ItsFactorOutlivesTheCall()
    {
        using var collector = new BusyCollector();
        var add = new Add("add", 0.5);
        using var x = torch.ones(8);
        for (var i = 0; i < 20_000; i++)
        {
            using var y = add.Forward([x, x], ForwardPass.Inference);
            Assert.Equal(1.5f, y.data<float>()[0]);
        }
    }
}
