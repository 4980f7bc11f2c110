using PSTransfer.Core.Weights.TensorFlowJs;

namespace PSTransfer.Core.Tests.Weights.TensorFlowJs;

/// <summary>What is missing, cut, too long or leads elsewhere is refused by name.</summary>
public sealed class TensorFlowJsDamageTests : IDisposable
{
    private const string OneFloat = """{"name":"a/x","shape":[1],"dtype":"float32"}""";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AMissingShardIsNamed()
    {
        var path = SmallModel.Copy(_folder, "old");
        File.Delete(_folder.File("group1-shard2of3.bin"));
        AssertRefused(path, "shard group1-shard2of3.bin: expected a file beside model.json, found none", "all 3 shards");
        Directory.CreateDirectory(_folder.File("group1-shard2of3.bin"));
        AssertRefused(path, "shard group1-shard2of3.bin: expected a file beside model.json, found a folder");
    }

    [Theory]
    [InlineData("group1-shard1of3.bin", 301, 300)]
    [InlineData("group1-shard2of3.bin", 301, 0)]
    [InlineData("group1-shard3of3.bin", 126, 100)]
    public void AShortShardIsNamedWithItsLengths(string shard, int whole, int found)
    {
        var path = SmallModel.Copy(_folder, "old");
        File.WriteAllBytes(_folder.File(shard), new byte[found]);
        AssertRefused(
            path, $"shard {shard}: expected {whole} bytes, found {found}", $"need 728 bytes and its 3 shards have {728 - whole + found}");
    }

    [Fact]
    public void TooManyBytesAreRefused()
    {
        var path = SmallModel.Copy(_folder, "old");
        File.AppendAllText(_folder.File("group1-shard3of3.bin"), "x");
        AssertRefused(path, "shards group1-shard1of3.bin to group1-shard3of3.bin: expected 728 bytes in all", "found 729");
    }

    [Fact]
    public void TensorsWithoutShardsAreRefused() =>
        AssertRefused(SmallModel.Handmade(_folder, OneFloat, paths: ""), "no shard: expected 4 bytes in all");

    [Fact]
    public void AShardThatShrinksLaterIsNamed()
    {
        using var file = TensorFlowJsFile.Open(SmallModel.Handmade(_folder, OneFloat, shard: [1, 2, 3, 4]));
        File.WriteAllBytes(_folder.File("weights.bin"), [1, 2]);
        var error = Assert.Throws<PSTransferException>(() => SmallModel.Read(file, file.Tensors[0]));
        Assert.StartsWith(
            $"{_folder.File("model.json")}: shard weights.bin: expected 4 bytes, found 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../weights.bin")]
    [InlineData("data/../../weights.bin")]
    [InlineData("..\\\\weights.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("\\\\\\\\server\\\\share")]
    [InlineData("C:/weights.bin")]
    [InlineData("C:weights.bin")]
    [InlineData("https://example.com/weights.bin")]
    [InlineData("file:weights.bin")]
    [InlineData("a//b")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("w\\u0000.bin")]
    public void APathThatMayLeadOutOfTheFolderIsRefused(string shard) =>
        AssertRefused(
            SmallModel.Handmade(_folder, OneFloat, $"\"{shard}\"", 0, 0, 0, 0),
            "expected the path of a file inside the folder of model.json");

    [Fact]
    public void AShardIsNotCountedTwice() =>
        AssertRefused(
            SmallModel.Handmade(_folder, OneFloat, "\"weights.bin\",\"./weights.bin\"", 0, 0),
            "shard ./weights.bin: expected each shard once");

    [Theory]
    [InlineData("""{"shape":[1],"dtype":"float32"}""", "weightsManifest[0].weights[0]: expected a property 'name'")]
    [InlineData("""{"name":"a/x","dtype":"float32"}""", "a/x: expected a property 'shape'")]
    [InlineData("""{"name":"a/x","shape":[1]}""", "a/x: expected a property 'dtype'")]
    [InlineData(
        """{"name":"a/x","shape":[1],"dtype":"string"}""",
        "a/x: dtype: expected numbers, whose length follows from the shape, found 'string'")]
    [InlineData(
        """{"name":"a/x","shape":[1],"dtype":"float64"}""", "a/x: dtype: expected float32, int32, bool or complex64, found 'float64'")]
    [InlineData("""{"name":"a/x","shape":[1],"dtype":"uint8"}""", "a/x: dtype: expected float32, int32, bool or complex64, found 'uint8'")]
    [InlineData("""{"name":"a/x","shape":[-1],"dtype":"float32"}""", "a/x: shape: expected whole numbers")]
    [InlineData("""{"name":"a/x","shape":[1.5],"dtype":"float32"}""", "a/x: shape: expected whole numbers")]
    [InlineData("""{"name":"a/x","shape":["1"],"dtype":"float32"}""", "a/x: shape: expected whole numbers")]
    [InlineData("""{"name":"a/x","shape":1,"dtype":"float32"}""", "a/x: shape: expected Array, found Number")]
    [InlineData("""{"name":"a/x","shape":[9223372036854775807,9],"dtype":"float32"}""", "a/x: shape: expected less than 2^63 bytes")]
    [InlineData(
        """{"name":"a/x","shape":[2305843009213693951],"dtype":"float32"}""",
        "shard weights.bin: expected 9223372036854775804 bytes, found 4")]
    [InlineData(
        """{"name":"a/x","shape":[2305843009213693951],"dtype":"float32"},{"name":"b","shape":[4],"dtype":"bool"}""",
        "b: expected less than 2^63 bytes of tensors")]
    [InlineData(
        """{"name":"a/x","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"dtype":"float32"}""",
        "a/x: shape: expected at most 64 dimensions")]
    [InlineData(
        """{"name":"a/x","shape":[1],"dtype":"float32"},{"name":"a/x","shape":[1],"dtype":"float32"}""",
        "a/x: expected one tensor of that name, found two")]
    [InlineData(
        """{"name":"a/x","shape":[4],"dtype":"float32","quantization":{"dtype":"uint4"}}""",
        "a/x: quantization: dtype: expected uint8, uint16 or float16, found 'uint4'")]
    [InlineData(
        """{"name":"a/x","shape":[4],"dtype":"float32","quantization":{"dtype":"uint8","min":0}}""",
        "a/x: quantization: expected a property 'scale'")]
    [InlineData(
        """{"name":"a/x","shape":[4],"dtype":"float32","quantization":{"dtype":"uint8","scale":1e400,"min":0}}""",
        "a/x: quantization: scale: expected a finite number")]
    [InlineData(
        """{"name":"a/x","shape":[4],"dtype":"float32","quantization":{"dtype":"uint8","scale":1,"min":"0"}}""",
        "a/x: quantization: min: expected a finite number")]
    [InlineData("""{"name":"a/x","shape":[4],"dtype":"float32","quantization":8}""", "a/x: quantization: expected Object, found Number")]
    [InlineData("[]", "weightsManifest[0].weights[0]: expected Object, found Array")]
    public void AWrongEntryIsNamedWithItsFault(string weights, string message) =>
        AssertRefused(SmallModel.Handmade(_folder, weights, shard: [0, 0, 0, 0]), message);

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("7", "the file: expected Object, found Number")]
    [InlineData("{\n\"a\":\n x}", "not valid JSON", "LineNumber: 2 | BytePositionInLine: 1")]
    [InlineData("{\"weightsManifest\":[]", "not valid JSON")]
    [InlineData("{\"format\":\"\\ud800\"}", "not valid JSON")]
    [InlineData(
        "{\"metadata\":{},\"weight_map\":{}}",
        "model.json of TensorFlow.js with its weightsManifest, found JSON with the keys: metadata, weight_map")]
    [InlineData("{\"weightsManifest\":{}}", "weightsManifest: expected Array, found Object")]
    [InlineData("{\"weightsManifest\":[1]}", "weightsManifest[0]: expected Object, found Number")]
    [InlineData("{\"weightsManifest\":[{\"paths\":[1],\"weights\":[]}]}", "weightsManifest[0].paths: expected String, found Number")]
    [InlineData("{\"weightsManifest\":[{\"paths\":[]}]}", "weightsManifest[0]: expected a property 'weights'")]
    [InlineData(
        "{\"format\":\"graph-model\",\"weightsManifest\":[]}",
        "expected a TensorFlow.js layers model, found a graph model",
        "--output_format=tfjs_layers_model")]
    [InlineData("{\"modelTopology\":{\"node\":[]},\"weightsManifest\":[]}", "expected a TensorFlow.js layers model, found a graph model")]
    [InlineData("{\"format\":\"other\",\"weightsManifest\":[]}", "format: expected layers-model, found 'other'")]
    [InlineData("<!DOCTYPE html>", "expected model.json of TensorFlow.js, found a web page")]
    public void AnotherFileIsRefused(string json, params string[] named) =>
        AssertRefused(_folder.File("model.json", System.Text.Encoding.UTF8.GetBytes(json)), named);

    [Theory]
    [InlineData("[", 300)]
    [InlineData("{\"a\":", 300)]
    [InlineData("{\"config\":{\"layers\":[", 1_000_000)]
    public void DeepNestingIsRefused(string opening, int depth) =>
        AssertRefused(
            _folder.File(
                "model.json", System.Text.Encoding.UTF8.GetBytes("{\"modelTopology\":" + string.Concat(Enumerable.Repeat(opening, depth)))),
            "not valid JSON");

    [Fact]
    public void AHugeFileIsNotReadIntoMemory()
    {
        var path = _folder.File("model.json", "{"u8.ToArray());
        using (var stream = File.OpenWrite(path))
        {
            stream.SetLength(1L << 34);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(path, "with at most 33554432 bytes, found 17179869184");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void AFileThatIsNotThereIsNotFound()
    {
        AssertRefused(_folder.Path, FaultKind.NotFound, "found a folder without one");
        AssertRefused(_folder.File("none.json"), FaultKind.NotFound, "there is no such file");
    }

    private static void AssertRefused(string path, params string[] named) => AssertRefused(path, FaultKind.InvalidData, named);

    private static void AssertRefused(string path, FaultKind kind, params string[] named)
    {
        var error = Assert.Throws<PSTransferException>(() => TensorFlowJsFile.Open(path));
        Assert.Equal(kind, error.Kind);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.All(named, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
