namespace PSTransfer.Core.Tests.Models;

/// <summary>Several sets of weights in one file: the trained one before averages of it, with a warning; else the user chooses.</summary>
public sealed class WeightSetTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TransferNetwork _one = Network(seed: 1);
    private readonly TransferNetwork _other = Network(seed: 2);
    private readonly TransferNetwork _target = Network(seed: 3);

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
        _target.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("model.", "ema_model.", true)]
    [InlineData("model.", "ema_model.", false)]
    [InlineData("state_dict.", "state_dict_ema.module.", true)]
    [InlineData("", "swa.", false)]
    public void TheTrainedSetIsTakenBeforeItsAverageAndBothAreNamed(string trained, string average, bool trainedFirst)
    {
        var (a, b) = (Tensors(_one, trained), Tensors(_other, average));
        var path = Write(trainedFirst ? [.. a, .. b] : [.. b, .. a]);

        var report = BackboneWeights.Load(_target, path);

        Bits.AssertEqual(Bits.Of(_one), Bits.Of(_target));
        Assert.Equal(Name(trained), report.Set);
        Assert.Contains(
            $"taken was '{Name(trained)}', left aside '{Name(average)}'", Assert.Single(report.Warnings), StringComparison.Ordinal);
        Assert.Contains("-WeightSet", report.Warnings[0], StringComparison.Ordinal);
        Assert.Equal(b.Count, report.Skipped.Count);

        Assert.Empty(BackboneWeights.Load(_target, path, set: Name(average)).Warnings);
        Bits.AssertEqual(Bits.Of(_other), Bits.Of(_target));
        Assert.Equal(new[] { Name(trained), Name(average) }.Order(), BackboneWeights.SetsIn(_target.Spec, path, WeightFormat.Auto).Order());
    }

    /// <summary>Two encoders: which one is meant nobody can tell but the user.</summary>
    [Fact]
    public void TwoEncodersAreRefusedWithBothNames()
    {
        var path = Write([.. Tensors(_one, "encoder_q."), .. Tensors(_other, "encoder_k.")]);
        var before = Bits.Of(_target);

        var error = Assert.Throws<PSTransferException>(() => BackboneWeights.Load(_target, path));

        Assert.Equal(
            $"{path}: the file has 2 sets of weights for resnet20, and nothing tells which one is meant: 'encoder_q', 'encoder_k'. "
            + "Choose with -WeightSet, as in -WeightSet 'encoder_q'.",
            error.Message);
        Bits.AssertEqual(before, Bits.Of(_target));
        BackboneWeights.Load(_target, path, set: "encoder_k.");
        Bits.AssertEqual(Bits.Of(_other), Bits.Of(_target));
        error = Assert.Throws<PSTransferException>(() => BackboneWeights.Load(_target, path, set: "encoder"));
        Assert.Contains(
            "no set of weights 'encoder' for resnet20; it has 'encoder_q', 'encoder_k'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A network that a larger one holds under two names is listed twice with the same numbers.</summary>
    [Fact]
    public void SetsWithTheSameNumbersAreOne()
    {
        var report = BackboneWeights.Load(_target, Write([.. Tensors(_one, "backbone."), .. Tensors(_one, "detector.backbone.")]));

        Bits.AssertEqual(Bits.Of(_one), Bits.Of(_target));
        Assert.Empty(report.Warnings);
    }

    /// <summary>The beginning of a set's name is enough where one set alone begins so.</summary>
    [Fact]
    public void TheCheckpointsPartsAreSets()
    {
        var path = Write([.. Tensors(_one, "state_dict.module."), .. Tensors(_other, "state_dict_ema.module.")]);
        Assert.Equal("state_dict_ema.module", BackboneWeights.Load(_target, path, set: "state_dict_ema").Set);
        Bits.AssertEqual(Bits.Of(_other), Bits.Of(_target));
    }

    [Fact]
    public void ANameWithControlCharactersIsShownEscaped()
    {
        var path = Write([.. Tensors(_one, "a\u001b[31m."), .. Tensors(_other, "b\u0007.")]);
        foreach (var set in new[] { null, "a\u001b[31", "a\u001b[31m" })
        {
            var shown = set?.EndsWith('m') == true
                ? BackboneWeights.Load(_target, path, set: set).ToString()
                : Assert.Throws<PSTransferException>(() => BackboneWeights.Load(_target, path, set: set)).Message;
            Assert.DoesNotContain(shown.Replace(Environment.NewLine, string.Empty, StringComparison.Ordinal), char.IsControl);
        }
    }

    /// <summary>Two copies of a network inside of one of Keras' models.</summary>
    [Fact]
    public void ModelsInsideOfAKerasModelAreSets()
    {
        var spec = BackboneCatalogue.Find("keras-mobilenetv2");
        using var network = TransferNetwork.Create(spec, new ImageShape(32, 32, 3), seed: null);
        var wanted = WantedTensor.Of(network.Backbone);
        var file = new MemoryFile(
            WeightConvention.Keras, [.. new[] { "student", "teacher" }.SelectMany(model => wanted.Select(tensor => Keras(model, tensor)))]);

        Assert.Equal(["student", "teacher"], WeightMatch.All(spec, wanted, file, set: null).Select(match => match.Set));
        var match = Assert.Single(WeightMatch.All(spec, wanted, file, "teacher"));
        Assert.All(match.Sources.Values, tensor => Assert.Equal("teacher", ((KerasTensor)tensor).Layer));
        Assert.True(match.IsComplete(wanted, WeightConvention.Keras));
        Assert.Empty(WeightMatch.All(spec, wanted, file, "third"));
    }

    private static KerasTensor Keras(string model, WantedTensor tensor)
    {
        var key = (tensor.Key, tensor.KerasClass, tensor.IsDepthwise) switch
        {
            ("weight", "batch_normalization", _) => "gamma",
            ("bias", "batch_normalization", _) => "beta",
            ("running_mean", _, _) => "moving_mean",
            ("running_var", _, _) => "moving_variance",
            (_, _, true) => "depthwise_kernel",
            _ => "kernel",
        };
        return new KerasTensor(model, $"{tensor.Layer}/{key}:0", tensor.ShapeIn(WeightConvention.Keras), "float32");
    }

    private static string Name(string prefix) => prefix.Length == 0 ? "." : prefix[..^1];

    private static TransferNetwork Network(int seed) =>
        TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(8, 8, 3), seed);

    private static List<(string Name, torch.Tensor Tensor)> Tensors(TransferNetwork network, string prefix) =>
        [.. network.State.Select(pair => (prefix + pair.Key, pair.Value))];

    private string Write(IReadOnlyList<(string, torch.Tensor)> tensors)
    {
        var path = _folder.File("weights.safetensors");
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, new Dictionary<string, string>(), tensors);
        return path;
    }
}
