namespace PSTransfer.Core.Tests.Networks.Layers;

/// <summary>
/// Padding "same", by TensorFlow's definition: ⌈size/stride⌉ positions, and of an odd number of zeros one more at the end.
/// </summary>
public sealed class WindowTests
{
    // A row of 1 to 4, or 1 to 5; sums over three.
    [Theory]
    [InlineData(4, 2, new float[] { 1 + 2 + 3, 3 + 4 })]             // one zero, at the end
    [InlineData(5, 2, new float[] { 1 + 2, 2 + 3 + 4, 4 + 5 })]      // one zero at each end
    [InlineData(4, 1, new float[] { 3, 6, 9, 7 })]
    [InlineData(5, 3, new float[] { 1 + 2 + 3, 4 + 5 })]
    public void SameAddsTheOddZeroAtTheEnd(int width, int stride, float[] sums)
    {
        using var scope = torch.NewDisposeScope();
        using var conv = new Conv("conv", 1, 1, new Window(1, 3, stride) { IsSame = true }, bias: false);
        using (torch.no_grad())
        {
            conv.Parameters[0].Value.fill_(1);
        }

        // Three rows, one above the other, of which the stride leaves some out.
        var x = torch.arange(1, width + 1).to(torch.float32).repeat(3, 1).reshape(1, 1, 3, width);
        Assert.Equal(sums, conv.Forward([x], ForwardPass.Inference).data<float>().Take(sums.Length));
    }

    [Fact]
    public void AroundAMaximumThereIsNothing()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor([-1f, -2, -3, -4]).reshape(1, 1, 1, 4);
        Assert.Equal(
            [-1f, -3],
            new MaxPool("pool", new Window(1, 3, Stride: 2) { IsSame = true }).Forward([x], ForwardPass.Inference).data<float>());
    }

    [Fact]
    public void AMeanCountsThePaddingOnlyWhereItIsTold()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor([3f, 6, 9]).reshape(1, 1, 1, 3);
        Assert.Equal(
            [4.5f, 6, 7.5f],
            new AveragePool("pool", new Window(1, 3) { IsSame = true }).Forward([x], ForwardPass.Inference).data<float>().ToArray());
        Assert.Equal(
            [3f, 6, 5],
            new AveragePool("pool", new Window(1, 3, 1, 0, 1), countsPadding: true).Forward([x], ForwardPass.Inference).data<float>());
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 2)]
    public void TheAnnouncedShapeIsTheRealOne(int size, int stride)
    {
        using var scope = torch.NewDisposeScope();
        using var conv = new Conv("conv", 2, 2, Window.Same(size, stride), bias: false, groups: 2);
        using var separable = new SeparableConv("separable", 2, 5, Window.Same(size, stride));
        Layer[] layers = [conv, separable, new MaxPool("pool", Window.Same(size, stride))];
        for (var side = 6; side < 10; side++)
        {
            foreach (var layer in layers)
            {
                var announced = layer.OutputShape([new FeatureShape(2, side, side + 1)]);
                Assert.Equal(((side + stride - 1) / stride, (side + stride) / stride), (announced.Height, announced.Width));
                Assert.Equal(
                    [1, announced.Channels, announced.Height, announced.Width],
                    layer.Forward([torch.zeros(1, 2, side, side + 1)], ForwardPass.Inference).shape);
            }
        }
    }

    /// <summary>A depthwise 1×1 of 2 and 3, then sums over both channels, by hand.</summary>
    [Fact]
    public void ASeparableConvolutionIsItsTwoParts()
    {
        using var scope = torch.NewDisposeScope();
        using var layer = new SeparableConv("separable", 2, 1, Window.Same(1));
        using (torch.no_grad())
        {
            layer.Parameters[0].Value.copy_(torch.tensor([2f, 3]).reshape(2, 1, 1, 1));
            layer.Parameters[1].Value.copy_(torch.tensor([1f, -1]).reshape(1, 2, 1, 1));
        }

        Assert.Equal([(2 * 5f) - (3 * 7)], layer.Forward([torch.tensor([5f, 7]).reshape(1, 2, 1, 1)], ForwardPass.Inference).data<float>());
    }

    /// <summary>Without gamma, as Keras' Inception has it: the same numbers as with a gamma of 1, in both phases.</summary>
    [Fact]
    public void ABatchNormWithoutGammaIsOneWithOnes()
    {
        using var scope = torch.NewDisposeScope();
        using var with = new BatchNorm("bn", 2, 1e-3, 0.01, VarianceEstimator.Biased);
        using var without = new BatchNorm("bn", 2, 1e-3, 0.01, VarianceEstimator.Biased, scale: false);
        Assert.Equal(["bn.bias", "bn.running_mean", "bn.running_var"], without.State.Select(tensor => tensor.Key));
        var x = torch.arange(24).to(torch.float32).reshape(2, 2, 2, 3);
        foreach (var pass in (ForwardPass[])[ForwardPass.Inference, ForwardPass.Training()])
        {
            Assert.Equal(with.Forward([x], pass).data<float>(), without.Forward([x], pass).data<float>());
        }
    }
}
