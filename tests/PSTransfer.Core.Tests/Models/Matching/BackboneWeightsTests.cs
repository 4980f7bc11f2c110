namespace PSTransfer.Core.Tests.Models.Matching;

public sealed class BackboneWeightsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly torch.Tensor _extra = torch.ones(10, 64);
    private readonly torch.Tensor _counter = torch.tensor(12L);

    public void Dispose()
    {
        _extra.Dispose();
        _counter.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("fc.weight")]
    [InlineData("classifier.1.weight")]
    public void AStateDictOfTorchvisionIsReadAndItsClassifierLeftAside(string classifier)
    {
        using var source = Create(seed: 1);
        using var target = Create(seed: 2);
        var path = Write([.. Tensors(source), (classifier, _extra), ("bn1.num_batches_tracked", _counter)]);

        var report = BackboneWeights.Load(target, path);

        Bits.AssertEqual(Bits.Of(source), Bits.Of(target));
        Assert.Equal(source.State.Count(), report.Applied.Count);
        Assert.Equal([classifier, "bn1.num_batches_tracked"], report.Skipped);
    }

    /// <summary>
    /// norm.1 and conv.2, as torchvision's published DenseNets have it; both names of one tensor in a file are one too many.
    /// </summary>
    [Fact]
    public void OlderNamesOfDenseNetAreUnderstood()
    {
        using var source = TransferNetwork.Create(BackboneCatalogue.Find("densenet121"), new ImageShape(32, 32, 3), seed: 1);
        using var target = TransferNetwork.Create(BackboneCatalogue.Find("densenet121"), new ImageShape(32, 32, 3), seed: 2);
        var tensors = Tensors(source)
            .Select(t => (Name: Regex.Replace(t.Name, @"(denselayer\d+\.(?:norm|conv))(\d)", "$1.$2"), t.Tensor))
            .ToList();
        Assert.Contains("features.denseblock4.denselayer16.conv.2.weight", tensors.Select(t => t.Name));
        Assert.Contains("features.norm0.weight", tensors.Select(t => t.Name));

        BackboneWeights.Load(target, Write([.. tensors, ("classifier.weight", _extra)]));

        Bits.AssertEqual(Bits.Of(source), Bits.Of(target));
        var both = Write([.. tensors, ("features.denseblock1.denselayer1.conv1.weight", _extra)]);
        Assert.Contains(
            "densenet121 has no tensor features.denseblock1.denselayer1.conv1.weight",
            Assert.Throws<PSTransferException>(() => BackboneWeights.Load(target, both)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AModelFileOfTheSameBackboneIsReadToo()
    {
        using var source = SmallModelFile.Network();
        using var target = Create(seed: 2);
        var path = Path.Combine(_folder.Path, "model");
        ModelFile.Save(source, path, overwrite: false);

        var report = BackboneWeights.Load(target, path);

        Assert.Empty(Bits.Differences(Bits.Of(target), Bits.Of(source.Backbone.Layers.SelectMany(layer => layer.State))));
        Assert.All(report.Skipped, name => Assert.StartsWith("head.", name, StringComparison.Ordinal));
    }

    [Fact]
    public void AMissingTensorIsNamedAndNothingIsRead() =>
        AssertRefused(tensors => [.. tensors.Where(t => t.Name != "layer2.0.bn1.bias")], "layer2.0.bn1.bias");

    [Fact]
    public void AnUnexpectedTensorIsNamedAndNothingIsRead() =>
        AssertRefused(tensors => [.. tensors, ("layer4.0.conv1.weight", _extra)], "layer4.0.conv1.weight");

    [Fact]
    public void ATensorOfAnotherShapeIsNamed() =>
        AssertRefused(
            tensors => [.. tensors.Select(t => t.Name == "conv1.weight" ? (t.Name, _extra) : t)],
            "conv1.weight: expected [16, 3, 3, 3], found [10, 64]");

    [Fact]
    public void WeightsOfAnotherBackboneAreRefused()
    {
        using var source = TransferNetwork.Create(BackboneCatalogue.Find("resnet18"), new ImageShape(32, 32, 3), seed: 1);
        AssertRefused(_ => [.. Tensors(source)], "another backbone");
    }

    /// <summary>The tensor that isn't finite is named; the weights are what the file says.</summary>
    [Fact]
    public void NotANumberIsNamed()
    {
        using var source = Create(seed: 1);
        using var target = Create(seed: 2);
        using (torch.no_grad())
        {
            source.State.Single(tensor => tensor.Key == "layer1.0.bn1.bias").Value[3] = float.NaN;
            source.State.Single(tensor => tensor.Key == "layer3.2.bn2.running_var").Value[0] = float.PositiveInfinity;
        }

        var report = BackboneWeights.Load(target, Write([.. Tensors(source)]));

        Assert.Equal(["layer1.0.bn1.bias", "layer3.2.bn2.running_var"], report.NotFinite);
        Assert.Contains("2 not finite: layer1.0.bn1.bias, layer3.2.bn2.running_var", report.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A whole file of another backbone that is known: it is named.</summary>
    [Theory]
    [InlineData("resnet20")]
    [InlineData("resnet50")]
    public void TheBackboneOfTheWeightsIsGuessed(string tried)
    {
        using var source = TransferNetwork.Create(BackboneCatalogue.Find("resnet18"), new ImageShape(32, 32, 3), seed: 1);
        using var target = TransferNetwork.Create(BackboneCatalogue.Find(tried), new ImageShape(32, 32, 3), seed: null);
        var error = Assert.Throws<PSTransferException>(() =>
            BackboneWeights.Load(target, Write([.. Tensors(source), ("fc.weight", _extra)])));
        Assert.EndsWith("These are weights of another backbone: try resnet18.", error.Message, StringComparison.Ordinal);
    }

    private void AssertRefused(Func<(string Name, torch.Tensor Tensor)[], (string, torch.Tensor)[]> change, string named)
    {
        using var source = Create(seed: 1);
        using var target = Create(seed: 2);
        var before = Bits.Of(target);
        var path = Write(change([.. Tensors(source)]));

        var error = Assert.Throws<PSTransferException>(() => BackboneWeights.Load(target, path));

        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Bits.AssertEqual(before, Bits.Of(target));
    }

    private static TransferNetwork Create(int seed) =>
        TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(8, 8, 3), seed);

    private static IEnumerable<(string Name, torch.Tensor Tensor)> Tensors(TransferNetwork network) =>
        network.State.Select(pair => (pair.Key, pair.Value));

    private string Write(IReadOnlyList<(string, torch.Tensor)> tensors)
    {
        var path = Path.Combine(_folder.Path, "weights.safetensors");
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, new Dictionary<string, string>(), tensors);
        return path;
    }
}
