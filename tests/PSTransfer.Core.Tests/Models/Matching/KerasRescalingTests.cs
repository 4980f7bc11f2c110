namespace PSTransfer.Core.Tests.Models.Matching;

/// <summary>Keras' EfficientNet has rescaling_1 or not, as the file's list of layers says.</summary>
public sealed class KerasRescalingTests : IDisposable
{
    private readonly TransferNetwork _network = TransferNetwork.Create(
        BackboneCatalogue.Find("keras-efficientnetb0"), new ImageShape(32, 32, 3), seed: 1);

    public void Dispose() => _network.Dispose();

    [Theory]
    [InlineData(true, "rescaling", "normalization", "rescaling_1")]
    [InlineData(true, "rescaling_4", "normalization_2", "rescaling_5")]
    [InlineData(false, "rescaling", "normalization", "stem_conv")]
    [InlineData(false, "rescaling_7", "normalization_3")]
    public void TheFileSaysWhetherPixelsAreDividedOnceMore(bool twice, params string[] layers)
    {
        var (note, warning) = Apply(layers);

        Assert.Null(warning);
        Assert.Equal(twice, note is null);
        Assert.Equal(twice ? [2.0896919f, 2.1128857f, 2.1081851f] : [1f, 1f, 1f], Factors(), (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void AFileWithoutAListIsAWarning()
    {
        var (note, warning) = Apply(null);
        Assert.Null(note);
        Assert.StartsWith("the file doesn't say whether its network has the layer rescaling_1", warning, StringComparison.Ordinal);
        Assert.Equal(2.0896919f, Factors()[0], 1e-6f);
    }

    [Fact]
    public void OtherNetworksHaveNoneToLeaveOut()
    {
        using var other = TransferNetwork.Create(BackboneCatalogue.Find("keras-mobilenetv2"), new ImageShape(32, 32, 3), seed: 1);
        Assert.Equal(
            (null, null),
            KerasRescaling.Apply(other.Backbone, "none", other.Spec, new MemoryFile(WeightConvention.Keras) { Layers = ["rescaling"] }));
    }

    private (string? Note, string? Warning) Apply(string[]? layers) =>
        KerasRescaling.Apply(_network.Backbone, "none", _network.Spec, new MemoryFile(WeightConvention.Keras) { Layers = layers });

    /// <summary>What normalisation and rescaling_1 make of 1 in each channel.</summary>
    private float[] Factors()
    {
        var variance = _network.State.Single(tensor => tensor.Key == "normalization.variance").Value.data<float>().ToArray();
        var factors = _network.Backbone.Layers.OfType<Rescaling>().Single(layer => layer.Name == "rescaling_1").Factors;
        return [.. variance.Zip(factors, (v, factor) => (float)(factor / Math.Sqrt(v)))];
    }
}
