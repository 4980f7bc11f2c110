using PSTransfer.Core.Weights.TensorFlowJs;

namespace PSTransfer.Core.Tests.Weights.TensorFlowJs;

public sealed class TensorFlowJsFileTests : IDisposable
{
    private static readonly string[] InOrder =
    [
        "conv1_conv/kernel", "conv1_conv/bias", "conv1_bn/gamma", "conv1_bn/beta", "conv1_bn/moving_mean", "conv1_bn/moving_variance",
        "conv2_block1_1_conv/kernel", "conv2_block1_1_conv/bias", "conv2_block1_1_bn/gamma", "conv2_block1_1_bn/beta",
        "conv2_block1_1_bn/moving_mean", "conv2_block1_1_bn/moving_variance",
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Bit for bit what TensorFlow.js reads, whatever the storage, the borders of shards and the tensors around.</summary>
    [Theory]
    [InlineData("plain")]
    [InlineData("old")]
    [InlineData("quantized")]
    [InlineData("trained")]
    public void NumbersAreThoseOfTensorFlowJs(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SmallModel.Fixture("expected.json")));
        var expected = document.RootElement.GetProperty(name);
        using var file = TensorFlowJsFile.Open(SmallModel.Fixture(name));

        Assert.Equal(expected.EnumerateObject().Select(tensor => tensor.Name).Order(), file.Tensors.Select(tensor => tensor.Name).Order());
        foreach (var tensor in file.Tensors)
        {
            var entry = expected.GetProperty(tensor.Name);
            Assert.Equal(entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), tensor.Shape);
            Assert.Equal(entry.GetProperty("data").EnumerateArray().Select(value => value.GetSingle()), SmallModel.Read(file, tensor));
        }
    }

    [Fact]
    public void TensorsComeInTheOrderOfLayers()
    {
        using var plain = TensorFlowJsFile.Open(SmallModel.Fixture("plain"));
        using var trained = TensorFlowJsFile.Open(SmallModel.Fixture("trained"));

        Assert.Equal(InOrder, plain.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([.. InOrder, "probs/kernel", "probs/bias"], trained.Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void WithinALayerAndWithoutTopologyTheManifestsOrderStays()
    {
        using var old = TensorFlowJsFile.Open(SmallModel.Fixture("old"));
        using var handmade = TensorFlowJsFile.Open(
            SmallModel.Handmade(
                _folder,
                """{"name":"z/b","shape":[],"dtype":"float32"},{"name":"a/b","shape":[0],"dtype":"float32"}""",
                shard: [0, 0, 0, 0]));

        Assert.Equal(
            ["conv1_conv", "conv1_conv", "conv1_bn", "conv1_bn", "conv1_bn", "conv1_bn", "conv2_block1_1_conv"],
            old.Tensors.Take(7).Select(tensor => ((KerasTensor)tensor).Layer));
        Assert.Equal("conv1_conv/bias", old.Tensors[0].Name);
        Assert.Equal(["z/b", "a/b"], handmade.Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void LayersOfAnInnerModelStandInTheirOwnOrder()
    {
        const string Tensor = """{"name":"NAME","shape":[0],"dtype":"float32"}""";
        var weights = string.Join(
            ',',
            new[]
            {
                "top/kernel", "inner/b/kernel", "inner/a/kernel", "lstm/cell/kernel", "strange"
            }.Select(name => Tensor.Replace("NAME", name, StringComparison.Ordinal)));
        var path = SmallModel.Handmade(_folder, weights, paths: "");
        const string Topology =
            """{"config":{"layers":[{"config":{"name":"lstm"}},{"config":{"name":"inner","layers":[{"config":{"name":"a"}},{"config":{"name":"b"}},7]}},{"config":{"name":"top"}}]}}""";
        File.WriteAllText(path, $$"""{"modelTopology":{{Topology}},{{File.ReadAllText(path)[1..]}}""");
        using var file = TensorFlowJsFile.Open(path);

        Assert.Equal(
            ["lstm/cell/kernel", "inner/a/kernel", "inner/b/kernel", "top/kernel", "strange"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(["lstm", "inner", "inner", "top", "strange"], file.Tensors.Select(tensor => ((KerasTensor)tensor).Layer));
    }

    /// <summary>0.1 × q − 0.2 in float32 would give 0.10000001 for q = 3; a variance may come out as 0.</summary>
    [Fact]
    public void QuantizedValuesAreComputedInDoublePrecision()
    {
        using var file = TensorFlowJsFile.Open(SmallModel.Handmade(
            _folder,
            """{"name":"bn/moving_variance","shape":[4],"dtype":"float32","quantization":{"dtype":"uint8","scale":0.1,"min":-0.2}},{"name":"h/x","shape":[3],"dtype":"float32","quantization":{"dtype":"float16","original_dtype":"float32"}}""",
            shard: [2, 3, 0, 255, 0x01, 0x00, 0x00, 0x80, 0xFF, 0x7B]));

        Assert.Equal([0f, 0.1f, -0.2f, 25.3f], SmallModel.Read(file, file.Tensors[0]));
        Assert.Equal([5.9604644775390625e-8f, -0f, 65504f], SmallModel.Read(file, file.Tensors[1]));
    }

    [Theory]
    [InlineData("int32", "", 4)]
    [InlineData("bool", "", 1)]
    [InlineData("complex64", "", 8)]
    [InlineData("int32", ""","quantization":{"dtype":"uint8","scale":1,"min":0}""", 1)]
    public void OtherTypesAreSkippedOverAndRefusedWhenRead(string type, string quantization, int size)
    {
        using var file = TensorFlowJsFile.Open(SmallModel.Handmade(
            _folder,
            $$"""{"name":"a/x","shape":[3],"dtype":"{{type}}"{{quantization}}},{"name":"b/y","shape":[1],"dtype":"float32"}""",
            shard: [.. new byte[3 * size], 0, 0, 0x80, 0x3F]));

        Assert.Equal([type, "float32"], file.Tensors.Select(tensor => tensor.DataType));
        Assert.Equal([1f], SmallModel.Read(file, file.Tensors[1]));
        var error = Assert.Throws<PSTransferException>(() => SmallModel.Read(file, file.Tensors[0]));
        Assert.Contains($"a/x: expected float32, found {type}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShardsMayLieInAFolderBelowAndGroupsHaveTheirOwn()
    {
        Directory.CreateDirectory(_folder.File("data"));
        File.WriteAllBytes(_folder.File("data/a.bin"), [0, 0]);
        File.WriteAllBytes(_folder.File("data/b.bin"), [0x80, 0x3F]);
        File.WriteAllBytes(_folder.File("c.bin"), [0, 0, 0, 0x40]);
        var path = _folder.File("other.json", """
            {"weightsManifest":[{"paths":["data/a.bin","./data/b.bin"],"weights":[{"name":"a/x","shape":[1],"dtype":"float32"}]},{"paths":["c.bin"],"weights":[{"name":"b/x","shape":[1],"dtype":"float32"}]}]}
            """u8.ToArray());
        using var file = TensorFlowJsFile.Open(path);

        Assert.Equal([2f], SmallModel.Read(file, file.Tensors[1]));
        Assert.Equal([1f], SmallModel.Read(file, file.Tensors[0]));
    }

    [Fact]
    public void ItIsRecognisedByItsContent()
    {
        Assert.True(TensorFlowJsFile.Looks(SmallModel.Fixture("plain")));
        Assert.True(TensorFlowJsFile.Looks(Path.Combine(SmallModel.Fixture("plain"), "model.json")));
        Assert.True(TensorFlowJsFile.Looks(_folder.File("spaced", "\r\n { \"weightsManifest\": [] }"u8.ToArray())));
        Assert.False(TensorFlowJsFile.Looks(_folder.Path));
        Assert.False(TensorFlowJsFile.Looks(_folder.File("none")));
        Assert.False(TensorFlowJsFile.Looks(Path.Combine(SmallModel.Fixture("plain"), "group1-shard1of1.bin")));

        // A safetensors file whose header has 123 bytes begins with a brace.
        Assert.False(TensorFlowJsFile.Looks(_folder.File("w.safetensors", [123, 0, 0, 0, 0, 0, 0, 0, (byte)'{', .. new byte[123]])));
    }
}
