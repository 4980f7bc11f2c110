namespace PSTransfer.Core.Tests.Networks.Layers;

public sealed class ConvTests
{
    // Two channels of 3×3. A 1×1 kernel with stride 2 sees the corners only: 1 3 7 9 and 10 30 70 90.
    private static readonly float[] Pixels = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90];

    /// <summary>A strided 1×1 convolution takes another path than the rest, so its numbers are held against ones by hand.</summary>
    [Fact]
    public void AStridedPointwiseConvolutionIsTheSumOverChannelsAtEverySecondPixel()
    {
        using var scope = torch.NewDisposeScope();
        using var conv = new Conv("conv", 2, 2, Window.Square(1, stride: 2), bias: true);
        Set(conv, "weight", 2, -1, 0, 0.5f);
        Set(conv, "bias", 100, 0);
        var x = torch.tensor(Pixels).reshape(1, 2, 3, 3).requires_grad_(true);

        var y = conv.Forward([x], ForwardPass.Inference);
        Assert.Equal([1, 2, 2, 2], y.shape);
        Assert.Equal([92, 76, 44, 28, 5, 15, 35, 45], y.data<float>());

        // With weights 1 to 8 on the outputs: by the chain rule, by hand.
        y.mul(torch.arange(1, 9).reshape(1, 2, 2, 2)).sum().backward();
        Assert.Equal([2, 0, 4, 0, 0, 0, 6, 0, 8, 1.5f, 0, 1, 0, 0, 0, 0.5f, 0, 0], x.grad!.data<float>());
        Assert.Equal([64, 640, 144, 1440], Find(conv, "weight").grad!.data<float>());
        Assert.Equal([10, 26], Find(conv, "bias").grad!.data<float>());
    }

    /// <summary>
    /// In a step of fit few places take another path than many. Both give what an evaluation gives, gradients too, with channels last.
    /// </summary>
    [Theory]
    [InlineData(2, 4, 3, 2, 1)] // 8 places
    [InlineData(2, 4, 1, 2, 0)]
    [InlineData(2, 1, 1, 1, 0)]
    [InlineData(8, 7, 3, 1, 1)] // 392
    [InlineData(8, 12, 1, 2, 0)] // 288
    public void AStepOfFitGivesWhatAnEvaluationGives(int images, int side, int kernel, int stride, int padding)
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(1, torch.CPU);
        using var conv = new Conv("conv", 5, 6, Window.Square(kernel, stride, padding), bias: true);
        conv.Initialize(random);
        var x = torch.randn([images, 5, side, side], generator: random);

        var (expected, expectedGradients) = Run(ForwardPass.Inference);
        var (actual, gradients) = Run(ForwardPass.Fit(random));

        Assert.Equal(1, actual.stride()[1]); // channels last
        Assert.All(
            [(expected, actual), .. expectedGradients.Zip(gradients)],
            pair => Assert.InRange((pair.Item1 - pair.Item2).norm().item<float>() / pair.Item1.norm().item<float>(), 0, 1e-6));

        (torch.Tensor Output, torch.Tensor[] Gradients) Run(ForwardPass pass)
        {
            var input = x.clone().requires_grad_(true);
            conv.Parameters[0].Value.grad = conv.Parameters[1].Value.grad = null;
            var y = conv.Forward([pass.Enter(input)], pass);
            y.square().sum().backward();
            return (y.detach(), [input.grad!, .. conv.Parameters.Select(p => p.Value.grad!.clone())]);
        }
    }

    [Fact]
    public void ThreeByThreeWithPaddingSeesZerosOutside()
    {
        using var scope = torch.NewDisposeScope();
        using var conv = new Conv("conv", 1, 1, Window.Square(3, stride: 2, padding: 1), bias: false);
        Set(conv, "weight", 1, 1, 1, 1, 1, 1, 1, 1, 1);

        var y = conv.Forward([torch.tensor(Pixels[..9]).reshape(1, 1, 3, 3)], ForwardPass.Inference);

        Assert.Equal([1 + 2 + 4 + 5, 2 + 3 + 5 + 6, 4 + 5 + 7 + 8, 5 + 6 + 8 + 9], y.data<float>());
    }

    /// <summary>A map of one place is met by one of the kernel's numbers (1, 2, 3 … row by row): that alone counts, and learns.</summary>
    [Theory]
    [InlineData(3, 1, 1, 5)]
    [InlineData(5, 1, 2, 13)]
    [InlineData(3, 2, 1, 5)]
    [InlineData(2, 1, -1, 1)] // −1: "same", which puts the odd one more below and right
    [InlineData(3, 2, -1, 5)]
    [InlineData(4, 1, -1, 6)]
    public void OfAKernelOneNumberMeetsAMapOfOnePlace(int kernel, int stride, int padding, int met)
    {
        using var scope = torch.NewDisposeScope();
        using var conv = new Conv(
            "conv", 1, 1, padding < 0 ? Window.Same(kernel, stride) : Window.Square(kernel, stride, padding), bias: true);
        Set(conv, "weight", [.. Enumerable.Range(1, kernel * kernel).Select(i => (float)i)]);
        Set(conv, "bias", 100);
        var x = torch.tensor([7f, 10]).reshape(2, 1, 1, 1).requires_grad_(true);

        var y = conv.Forward([x], ForwardPass.Inference);
        Assert.Equal([2, 1, 1, 1], y.shape);
        Assert.Equal([(7 * met) + 100, (10 * met) + 100], y.data<float>());

        y.sum().backward();
        Assert.Equal([met, met], x.grad!.data<float>());
        Assert.Equal(Enumerable.Range(1, kernel * kernel).Select(i => i == met ? 17f : 0), Find(conv, "weight").grad!.data<float>());
    }

    /// <summary>Not where there are more positions than one, or none that sees the map.</summary>
    [Theory]
    [InlineData(1, 1, 1, 3)]
    [InlineData(2, 1, 1, 2)]
    [InlineData(3, 9, 4, 1)]
    public void WhereMorePositionsThanOneSeeTheMapTheWholeKernelCounts(int kernel, int stride, int padding, int side)
    {
        using var scope = torch.NewDisposeScope();
        using var conv = new Conv("conv", 1, 1, Window.Square(kernel, stride, padding), bias: false);
        Set(conv, "weight", [.. Enumerable.Range(1, kernel * kernel).Select(i => (float)i)]);

        var y = conv.Forward([torch.ones(1, 1, 1, 1)], ForwardPass.Inference);

        Assert.Equal([1, 1, side, side], y.shape);
        Assert.Equal(stride > 1 ? 0 : kernel * kernel * ((kernel * kernel) + 1) / 2, y.sum().item<float>());
    }

    /// <summary>
    /// Depthwise: each channel has its own kernel and sees no other; with and without the stride that takes the other path.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AGroupSeesItsOwnChannelsOnly(int stride)
    {
        using var scope = torch.NewDisposeScope();
        using var conv = new Conv("conv", 2, 2, Window.Square(1, stride), bias: false, groups: 2);
        Assert.Equal([2, 1, 1, 1], Find(conv, "weight").shape);
        Set(conv, "weight", 2, -1);

        var y = conv.Forward([torch.tensor(Pixels).reshape(1, 2, 3, 3)], ForwardPass.Inference);

        Assert.Equal(
            stride == 1 ? [.. Pixels[..9].Select(x => 2 * x), .. Pixels[9..].Select(x => -x)] : (float[])[2, 6, 14, 18, -10, -30, -70, -90],
            y.data<float>());
    }

    [Theory]
    [InlineData(1, 2, 0)]
    [InlineData(3, 2, 1)]
    [InlineData(7, 2, 3)]
    [InlineData(3, 1, 0)]
    public void TheAnnouncedShapeIsTheRealOne(int kernel, int stride, int padding)
    {
        using var scope = torch.NewDisposeScope();
        using var conv = new Conv("conv", 2, 5, Window.Square(kernel, stride, padding), bias: false);
        Set(conv, "weight", new float[5 * 2 * kernel * kernel]);
        for (var size = 7; size < 12; size++)
        {
            var announced = conv.OutputShape([new FeatureShape(2, size, size + 1)]);
            var real = conv.Forward([torch.zeros(1, 2, size, size + 1)], ForwardPass.Inference).shape;
            Assert.Equal([1, announced.Channels, announced.Height, announced.Width], real);
        }
    }

    private static TorchSharp.Modules.Parameter Find(Conv conv, string name) => conv.Parameters.Single(p => p.Key == name).Value;

    private static void Set(Conv conv, string name, params float[] values)
    {
        using var _ = torch.no_grad();
        var parameter = Find(conv, name);
        parameter.copy_(torch.tensor(values).reshape(parameter.shape));
    }
}
