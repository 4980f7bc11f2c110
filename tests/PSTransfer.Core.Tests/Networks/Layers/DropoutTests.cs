namespace PSTransfer.Core.Tests.Networks.Layers;

public sealed class DropoutTests
{
    [Fact]
    public void AboutTheRateIsZeroedAndTheRestScaledUp()
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(3, torch.CPU);
        var values = new Dropout("dropout", 0.25).Forward([torch.full(100, 100, 3f)], ForwardPass.Fit(random)).data<float>().ToArray();

        Assert.Equal([0f, 4f], values.Distinct().Order());
        Assert.InRange(values.Count(value => value == 0), 2300, 2700);
    }

    [Fact]
    public void TheMaskComesFromTheRunsGeneratorAlone()
    {
        using var scope = torch.NewDisposeScope();
        var first = Draw(5);
        torch.manual_seed(99);
        torch.rand(10);
        Assert.Equal(first, Draw(5));
        Assert.NotEqual(first, Draw(6));

        static float[] Draw(ulong seed)
        {
            using var random = new torch.Generator(seed, torch.CPU);
            return new Dropout("dropout", 0.5).Forward([torch.ones(64)], ForwardPass.Fit(random)).data<float>().ToArray();
        }
    }

    [Fact]
    public void WithoutDropoutInThePassNothingChanges()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.arange(10).to(torch.float32);
        foreach (var pass in (ForwardPass[])[ForwardPass.Inference, ForwardPass.Training()])
        {
            Assert.Equal(x.data<float>(), new Dropout("dropout", 0.5).Forward([x], pass).data<float>());
        }
    }
}
