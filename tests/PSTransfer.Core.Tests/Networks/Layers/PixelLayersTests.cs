namespace PSTransfer.Core.Tests.Networks.Layers;

/// <summary>What a network does to pixels by itself, on one image of two channels and two pixels.</summary>
public sealed class PixelLayersTests
{
    private static readonly float[] Pixels = [0, 2, 5, 10];

    [Fact]
    public void OneFactorIsForAllChannelsAndSeveralAreForOneEach()
    {
        Assert.Equal([0, 1, 2.5f, 5], Run(new Rescaling("rescaling", 0.5)));
        Assert.Equal([0, 1, 20, 40], Run(new Rescaling("rescaling_1", 0.5, 4)));
    }

    /// <summary>(x − 1) / √4 and (x − 5) / √25.</summary>
    [Fact]
    public void NormalizationDividesByTheRootOfTheVariance()
    {
        using var layer = new Normalization("normalization", 2);
        Assert.Equal(
            ["normalization.mean 2", "normalization.variance 2", "normalization.count "],
            layer.State.Select(tensor => $"{tensor.Key} {string.Join(' ', tensor.Value.shape)}"));
        Assert.Equal(Pixels, Run(layer));

        Set(layer, 0, 1, 5);
        Set(layer, 1, 4, 25);
        Assert.Equal([-0.5f, 0.5f, 0, 1], Run(layer));
        Assert.Equal([-0.5f, 0.5f, 0, 1], Run(layer, ForwardPass.Training()));
        Assert.False(layer.Learns);
    }

    /// <summary>Keras divides by 1e-7 at least, so that a constant channel doesn't become infinite.</summary>
    [Fact]
    public void AChannelWithoutVarianceStaysFinite()
    {
        using var layer = new Normalization("normalization", 2);
        Set(layer, 0, 0, 5);
        Set(layer, 1, 1, 0);
        var y = Run(layer);
        Assert.Equal([0, 2, 0], y.Take(3));
        Assert.Equal(5e7, y[3], 1e2);
    }

    private static void Set(Normalization layer, int buffer, params float[] values)
    {
        using var tensor = torch.tensor(values);
        layer.Buffers[buffer].Value.copy_(tensor);
    }

    private static float[] Run(UnaryLayer layer, ForwardPass? pass = null)
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor(Pixels).reshape(1, 2, 1, 2);
        var y = layer.Forward([x], pass ?? ForwardPass.Inference);
        Assert.Equal(x.shape, y.shape);
        return [.. y.data<float>()];
    }
}
