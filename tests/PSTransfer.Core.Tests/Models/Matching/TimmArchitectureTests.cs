namespace PSTransfer.Core.Tests.Models.Matching;

/// <summary>timm's tf_efficientnet_b0 has every tensor of efficientnet_b0 and computes otherwise.</summary>
public sealed class TimmArchitectureTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TransferNetwork _network = TransferNetwork.Create(
        BackboneCatalogue.Find("efficientnet-b0"), new ImageShape(32, 32, 3), seed: 1);

    public void Dispose()
    {
        _network.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void ConfigJsonBesideTheFileRefusesIt()
    {
        var path = Write("model.safetensors");
        _folder.File("config.json", """{"architecture": "tf_efficientnet_b0", "num_classes": 1000}"""u8.ToArray());
        var error = Assert.Throws<PSTransferException>(() => BackboneWeights.Load(_network, path));
        Assert.StartsWith(
            $"{path}: these are weights of timm's tf_efficientnet_b0, which pads as TensorFlow does and has eps 1e-3",
            error.Message,
            StringComparison.Ordinal);
        Assert.Contains("Take timm's efficientnet_b0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ConfigJsonOfThePlainNetworkIsFine()
    {
        var path = Write("tf_efficientnet_b0.safetensors");
        _folder.File("config.json", """{"architecture": "efficientnet_b0"}"""u8.ToArray());
        Assert.Empty(BackboneWeights.Load(_network, path).Warnings);
    }

    [Theory]
    [InlineData("tf_efficientnet_b0_aa-827b6e33.safetensors", true)]
    [InlineData("efficientnet_b0.safetensors", false)]
    public void ThePathAloneIsAWarning(string name, bool warns)
    {
        _folder.File("config.json", "not JSON"u8.ToArray());
        var warnings = BackboneWeights.Load(_network, Write(name)).Warnings;
        Assert.Equal(warns, warnings.Any(warning => warning.StartsWith("the path has 'tf_efficientnet' in it", StringComparison.Ordinal)));
    }

    private string Write(string name)
    {
        var path = _folder.File(name);
        using var stream = File.Create(path);
        SafetensorsWriter.Write(
            stream,
            new Dictionary<string, string>(),
            [.. _network.State.Select(pair => (_network.Spec.OtherNames[0].Of(pair.Key), pair.Value))]);
        return path;
    }
}
