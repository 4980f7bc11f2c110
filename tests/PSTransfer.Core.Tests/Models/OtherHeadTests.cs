namespace PSTransfer.Core.Tests.Models;

/// <summary>A file with all that the backbone wants is read, whatever stands beside it; numbers for names are understood.</summary>
public sealed class OtherHeadTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TransferNetwork _source = TransferNetwork.Create(
        BackboneCatalogue.Find("resnet18"), new ImageShape(32, 32, 3), seed: 1);
    private readonly TransferNetwork _target = TransferNetwork.Create(
        BackboneCatalogue.Find("resnet18"), new ImageShape(32, 32, 3), seed: 2);
    private readonly torch.Tensor _matrix = torch.ones(10, 512);
    private readonly torch.Tensor _kernel = torch.ones(10, 512, 1, 1);

    public void Dispose()
    {
        _source.Dispose();
        _target.Dispose();
        _matrix.Dispose();
        _kernel.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("last_linear.weight")]
    [InlineData("output.weight")]
    [InlineData("projection.0.weight")]
    public void AHeadOfAnyNameIsLeftAside(string head)
    {
        var report = BackboneWeights.Load(_target, Write([.. Tensors(name => name), (head, _matrix)]));

        Bits.AssertEqual(Bits.Of(_source), Bits.Of(_target));
        Assert.Equal([head], report.Skipped);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void AConvolutionalPartIsLeftAsideWithAWarning()
    {
        var report = BackboneWeights.Load(
            _target, Write([.. Tensors(name => name), .. Enumerable.Range(0, 30).Select(i => ($"decoder.{i}.weight", _kernel))]));

        Bits.AssertEqual(Bits.Of(_source), Bits.Of(_target));
        Assert.Contains("(decoder.0.weight, ", Assert.Single(report.Warnings), StringComparison.Ordinal);
        Assert.Contains(" and 10 more)", report.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("30 skipped: decoder.0.weight, ", report.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("decoder.25.weight", report.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What stands under the backbone's own names and isn't the backbone's means another network.</summary>
    [Theory]
    [InlineData("layer5.0.conv1.weight")]
    [InlineData("layer1.0.se.fc1.weight")]
    [InlineData("conv2.weight")]
    public void ATensorInsideOfTheBackboneIsRefused(string name)
    {
        var error = Assert.Throws<PSTransferException>(() =>
            BackboneWeights.Load(_target, Write([.. Tensors(name => name), (name, _kernel)])));
        Assert.Contains($"resnet18 has no tensor {name}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>torch.nn.Sequential of a network's children counts them; fastai puts the backbone at 0 and its head at 1.</summary>
    [Theory]
    [InlineData("0.", "1.8.weight")]
    [InlineData("", "9.weight")]
    [InlineData("model.0.", "model.1.8.weight")]
    public void NumbersForNamesAreUnderstood(string prefix, string head)
    {
        string[] children = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"];
        string Numbered(string name) =>
            name.Split('.', 2) is [var first, var rest]
                ? FormattableString.Invariant($"{prefix}{Array.IndexOf(children, first)}.{rest}")
                : name;

        var report = BackboneWeights.Load(_target, Write([.. Tensors(Numbered), (head, _matrix)]));

        Bits.AssertEqual(Bits.Of(_source), Bits.Of(_target));
        Assert.Equal([head], report.Skipped);
        Assert.StartsWith("The names are numbers, as torch.nn.Sequential gives them (fastai's)", report.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void NumbersThatLeadNowhereAreCalledSo()
    {
        var error = Assert.Throws<PSTransferException>(() =>
            BackboneWeights.Load(_target, Write([("0.weight", _kernel), ("3.weight", _matrix)])));
        Assert.EndsWith("torch.save(network.state_dict(), 'weights.pth').", error.Message, StringComparison.Ordinal);
        Assert.Contains("The names are numbers", error.Message, StringComparison.Ordinal);
    }

    /// <summary>One of several files that the weights are spread over sends to the index, which is read as one file.</summary>
    [Fact]
    public void SeveralFilesAreReadByTheirIndex()
    {
        var tensors = Tensors(name => name);
        var half = tensors.Count / 2;
        string[] names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        Write(tensors[..half], names[0]);
        Write([.. tensors[half..], ("fc.weight", _matrix)], names[1]);
        var map = tensors.Select((tensor, i) => $"\"{tensor.Name}\": \"{names[i < half ? 0 : 1]}\"");
        var index = _folder.File(
            "model.safetensors.index.json",
            System.Text.Encoding.UTF8.GetBytes($$"""{"metadata": {"total_size": 1}, "weight_map": { {{string.Join(", ", map)}} } }"""));

        BackboneWeights.Load(_target, index);

        Bits.AssertEqual(Bits.Of(_source), Bits.Of(_target));
        var error = Assert.Throws<PSTransferException>(() => BackboneWeights.Load(_target, _folder.File(names[0])));
        Assert.Contains("give the index beside it, which ends with .index.json", error.Message, StringComparison.Ordinal);
        File.Delete(_folder.File(names[1]));
        Assert.Contains(
            names[1], Assert.Throws<PSTransferException>(() => BackboneWeights.Load(_target, index)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("C:a")]
    [InlineData("a\\\\b")]
    public void AnIndexThatLeadsElsewhereIsRefused(string name)
    {
        var index = _folder.File(
            "model.safetensors.index.json", System.Text.Encoding.UTF8.GetBytes($$"""{"weight_map": {"conv1.weight": "{{name}}"} }"""));
        var error = Assert.Throws<PSTransferException>(() => BackboneWeights.Load(_target, index));
        Assert.Contains("conv1.weight: expected the name of a file beside the index", error.Message, StringComparison.Ordinal);
    }

    private List<(string Name, torch.Tensor Tensor)> Tensors(Func<string, string> rename) =>
        [.. _source.State.Select(pair => (rename(pair.Key), pair.Value))];

    private string Write(IReadOnlyList<(string, torch.Tensor)> tensors, string name = "weights.safetensors")
    {
        var path = _folder.File(name);
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, new Dictionary<string, string>(), tensors);
        return path;
    }
}
