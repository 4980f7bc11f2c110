namespace PSTransfer.Core.Tests.Models;

public sealed class ModelFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AModelComesBackToTheLastBit()
    {
        using var network = SmallModelFile.Network();
        var path = Path.Combine(_folder.Path, "mödel [1].safetensors");
        ModelFile.Save(network, path, overwrite: false);

        using var loaded = ModelFile.Load(path);

        AssertSame(network, loaded);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var x = torch.arange(3 * 12 * 9).to(torch.float32).reshape(1, 3, 12, 9);
        foreach (var pass in (ForwardPass[])[ForwardPass.Inference, ForwardPass.Training()])
        {
            Assert.Equal(network.Forward(x, pass).data<float>().ToArray(), loaded.Forward(x, pass).data<float>().ToArray());
        }
    }

    [Fact]
    public void AModelWithoutAHeadComesBackToo()
    {
        using var network = TransferNetwork.Create(Core.Backbones.BackboneCatalogue.Find("resnet20"), new ImageShape(8, 8, 1), seed: 5);
        var path = Path.Combine(_folder.Path, "model");
        ModelFile.Save(network, path, overwrite: false);

        using var loaded = ModelFile.Load(path);

        Assert.Null(loaded.Head);
        AssertSame(network, loaded);
    }

    /// <summary>EfficientNet's normalisation has a count without dimensions, which files and copies take like any tensor.</summary>
    [Fact]
    public void ANumberWithoutDimensionsComesBackToo()
    {
        using var network = TransferNetwork.Create(
            Core.Backbones.BackboneCatalogue.Find("keras-efficientnetb0"), new ImageShape(32, 32, 3), seed: 5);
        using (var count = torch.tensor(7f))
        {
            network.State.Single(tensor => tensor.Key == "normalization.count").Value.copy_(count);
        }

        var path = Path.Combine(_folder.Path, "model");
        ModelFile.Save(network, path, overwrite: false);

        using var loaded = ModelFile.Load(path);
        using var copy = network.Clone();

        Assert.All([loaded, copy], other => Bits.AssertEqual(Bits.Of(network), Bits.Of(other)));
        Assert.Equal(7, loaded.State.Single(tensor => tensor.Key == "normalization.count").Value.item<float>());
    }

    /// <summary>The file lists the layers, so that a network of no table, or of a changed one, comes back too.</summary>
    [Fact]
    public void ANetworkOfNoTableComesBackByItsLayers()
    {
        var resnet = BackboneCatalogue.Find("resnet20");
        var spec = BackboneSpec.Described("mein Netz", BackboneFamily.Torch, Preprocessing.Tf) with { Layout = resnet.Layout };
        using var network = TransferNetwork.Create(spec, new ImageShape(16, 16, 3), seed: 5);
        network.SetHead(new Head { ClassCount = 2 }, seed: 6);
        var path = Path.Combine(_folder.Path, "model");
        ModelFile.Save(network, path, overwrite: false);

        using var loaded = ModelFile.Load(path);
        using var copy = loaded.Clone();

        Assert.All([loaded, copy], other => AssertSame(network, other));
        Assert.Equal("mein Netz", loaded.Spec.Name);
    }

    /// <summary>Files of version 2 name their network and list no layers.</summary>
    [Fact]
    public void AFileOfTheFormerVersionStillLoads()
    {
        using var network = SmallModelFile.Network();
        var path = Path.Combine(_folder.Path, "model");
        ModelFile.Save(network, path, overwrite: false);
        File.WriteAllBytes(path, SmallModelFile.WithDescription(File.ReadAllBytes(path), description =>
        {
            description["version"] = 2;
            description.Remove("graph");
            description.Remove("family");
        }));

        using var loaded = ModelFile.Load(path);

        AssertSame(network, loaded);
    }

    [Fact]
    public void TheSameModelGivesTheSameBytes()
    {
        using var network = SmallModelFile.Network();
        var (a, b) = (Path.Combine(_folder.Path, "a"), Path.Combine(_folder.Path, "b"));
        ModelFile.Save(network, a, overwrite: false);
        using var loaded = ModelFile.Load(a);
        ModelFile.Save(loaded, b, overwrite: false);
        Assert.Equal(File.ReadAllBytes(a), File.ReadAllBytes(b));
    }

    [Fact]
    public void AFileThatExistsIsReplacedOnlyWhenAsked()
    {
        using var network = SmallModelFile.Network();
        var path = _folder.File("model", [1, 2, 3]);

        Assert.Equal(
            FaultKind.AlreadyExists, Assert.Throws<PSTransferException>(() => ModelFile.Save(network, path, overwrite: false)).Kind);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));

        ModelFile.Save(network, path, overwrite: true);
        using var loaded = ModelFile.Load(path);
        AssertSame(network, loaded);
    }

    [Fact]
    public void WeightsWithoutADescriptionAreNotAModel()
    {
        using var network = SmallModelFile.Network();
        var path = Path.Combine(_folder.Path, "model");
        ModelFile.Save(network, path, overwrite: false);
        File.WriteAllBytes(path, SmallModelFile.WithHeader(File.ReadAllBytes(path), header => header.Remove("__metadata__")));

        var error = Assert.Throws<PSTransferException>(() => ModelFile.Load(path));

        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("New-Backbone", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFilesTensorsHaveTheOriginalsNames()
    {
        using var network = SmallModelFile.Network();
        var path = Path.Combine(_folder.Path, "model");
        ModelFile.Save(network, path, overwrite: false);
        using var file = Core.Weights.Safetensors.SafetensorsFile.Open(path);
        Assert.Equal(network.State.Select(tensor => tensor.Key), file.Tensors.Keys);
        Assert.Contains("layer1.0.bn1.running_var", file.Tensors.Keys);
    }

    private static void AssertSame(TransferNetwork expected, TransferNetwork actual)
    {
        Bits.AssertEqual(Bits.Of(expected), Bits.Of(actual));
        Assert.Equal((expected.Name, expected.Spec.Name, expected.Pixels), (actual.Name, actual.Spec.Name, actual.Pixels));
        Assert.Equal(expected.Classes, actual.Classes);
        Assert.Equal(expected.History, actual.History);
        Assert.Equal(expected.Describe(), actual.Describe());
        Assert.Equal(
            expected.BatchNorms.Select(norm => (norm.Momentum, norm.Estimator, norm.Epsilon)),
            actual.BatchNorms.Select(norm => (norm.Momentum, norm.Estimator, norm.Epsilon)));
        Assert.Equal(expected.Head is null, actual.Head is null);
        Assert.Equal(expected.Head?.HiddenUnits, actual.Head?.HiddenUnits);
        Assert.Equal(
            expected.Head is null ? null : expected.Head with { HiddenUnits = [] },
            actual.Head is null ? null : actual.Head with { HiddenUnits = [] },
            HeadsEqual);
        Assert.Equal(expected.TrainableParameters, actual.TrainableParameters);
    }

    // A record compares its list by reference.
    private static bool HeadsEqual(Head? a, Head? b) => (a?.ClassCount, a?.Pooling, a?.Dropout) == (b?.ClassCount, b?.Pooling, b?.Dropout);
}
