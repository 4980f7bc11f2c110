namespace PSTransfer.Core.Tests.Networks.Layers;

/// <summary>
/// Layers that work on the channels of each pixel. Two channels of two pixels: the first pixel is (1, 3), the second (5, 5).
/// </summary>
public sealed class ChannelLayersTests
{
    private static readonly float[] Pixels = [1, 5, 3, 5];

    /// <summary>Mean 2 and variance 1, then mean 5 and variance 0; with eps 0.5625 the root is 1.25 and 0.75.</summary>
    [Fact]
    public void LayerNormNormalisesEachPixelByItself()
    {
        using var scope = torch.NewDisposeScope();
        using var layer = new LayerNorm("norm", 2, epsilon: 0.5625);
        Assert.Equal(["norm.weight", "norm.bias"], layer.State.Select(tensor => tensor.Key));
        Set(layer.Parameters[0].Value, 10, 100);
        Set(layer.Parameters[1].Value, 1, 2);

        foreach (var pass in (ForwardPass[])[ForwardPass.Inference, ForwardPass.Training()])
        {
            var y = layer.Forward([torch.tensor(Pixels).reshape(1, 2, 1, 2)], pass);
            Assert.Equal([1, 2, 1, 2], y.shape);
            Assert.Equal([1 - 8, 1, 2 + 80, 2], y.contiguous().data<float>(), (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    [Fact]
    public void ADenseLayerOverChannelsIsTheSameMatrixAtEachPixel()
    {
        using var scope = torch.NewDisposeScope();
        using var layer = new ChannelDense("dense", 2, 3);
        Set(layer.Parameters[0].Value, 1, 0, 0, 1, 2, -1);
        Set(layer.Parameters[1].Value, 0, 0, 100);

        var x = torch.tensor(Pixels).reshape(1, 2, 1, 2);
        var y = layer.Forward([x], ForwardPass.Inference);

        Assert.Equal([1, 5, 3, 5, 99, 105], y.contiguous().data<float>());
        Assert.Equal(new FeatureShape(3, 1, 2), layer.OutputShape([new FeatureShape(2, 1, 2)]));
        Assert.Equal([1, 3, 1, 2], y.shape);
    }

    [Fact]
    public void AScaleMultipliesEachChannelAndStartsTiny()
    {
        using var scope = torch.NewDisposeScope();
        using var layer = new LayerScale("features.1.0", 2);
        var (name, scale) = Assert.Single(layer.State);
        Assert.Equal("features.1.0.layer_scale", name);
        Assert.Equal([2, 1, 1], scale.shape);
        Assert.Equal([1e-6f, 1e-6f], scale.data<float>());
        Set(layer.Parameters[0].Value, 2, -1);

        Assert.Equal([2, 10, -3, -5], layer.Forward([torch.tensor(Pixels).reshape(1, 2, 1, 2)], ForwardPass.Inference).data<float>());
    }

    [Fact]
    public void AGlobalMeanIsAVectorOrAMapOfOnePixel()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor(Pixels).reshape(1, 2, 1, 2);
        foreach (var (layer, shape) in ((GlobalAveragePool, long[])[])[(new("pool"), [1, 2]), (new("pool", keepsMap: true), [1, 2, 1, 1])])
        {
            var y = layer.Forward([x], ForwardPass.Inference);
            Assert.Equal(shape, y.shape);
            Assert.Equal([3f, 4], y.data<float>());
            Assert.Equal(
                (2, shape.Length == 2),
                (layer.OutputShape([new FeatureShape(2, 1, 2)]).Channels, layer.OutputShape([new FeatureShape(2, 1, 2)]).IsVector));
        }
    }

    /// <summary>PyTorch's numbers at −2, 1 and 4. GELU's usual approximation would give 0.841192 at 1.</summary>
    [Theory]
    [InlineData(typeof(Gelu), -0.0455003, 0.8413447, 3.9998733)]
    [InlineData(typeof(Silu), -0.2384058, 0.7310586, 3.9280551)]
    [InlineData(typeof(HardSwish), -0.3333333, 0.6666667, 4.0)]
    [InlineData(typeof(HardSigmoid), 0.1666667, 0.6666667, 1.0)]
    [InlineData(typeof(Sigmoid), 0.1192029, 0.7310586, 0.9820138)]
    public void ActivationsArePyTorchs(Type activation, params double[] expected)
    {
        using var scope = torch.NewDisposeScope();
        using var layer = (Layer)Activator.CreateInstance(activation, "activation")!;
        Assert.Equal(
            expected,
            layer.Forward([torch.tensor([-2f, 1, 4])], ForwardPass.Inference).data<float>().Select(y => (double)y),
            (a, b) => Math.Abs(a - b) < 1e-6);
    }

    private static void Set(torch.Tensor parameter, params float[] values)
    {
        using var _ = torch.no_grad();
        parameter.copy_(torch.tensor(values).reshape(parameter.shape));
    }
}
