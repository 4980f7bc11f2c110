namespace PSTransfer.Core.Tests.Backbones;

/// <summary>Keras' networks whose layers are numbered, or that normalise inside, come back from Keras' own kind of file.</summary>
public sealed class KerasExportBTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("keras-inceptionv3")]
    [InlineData("keras-inceptionresnetv2")]
    [InlineData("keras-efficientnetb0")]
    public void WhatIsExportedIsReadBack(string name)
    {
        var spec = BackboneCatalogue.Find(name);
        using var network = TransferNetwork.Create(spec, new ImageShape(75, 75, 3), seed: null);
        using var other = TransferNetwork.Create(spec, new ImageShape(75, 75, 3), seed: 1);
        Seeded.Fill(network);
        var path = Path.Combine(_folder.Path, "weights.h5");
        ModelExport.Save(network, path, ExportFormat.KerasH5, overwrite: false);
        BackboneWeights.Load(other, path);

        // The count of values that Keras saw isn't read; nothing depends on it.
        Assert.Equal(
            network.State.Select(tensor => tensor.Key).Where(key => key.EndsWith(".count", StringComparison.Ordinal)),
            Bits.Differences(Bits.Of(network), Bits.Of(other)));
    }
}
