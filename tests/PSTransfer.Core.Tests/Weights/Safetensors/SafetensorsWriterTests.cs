using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Weights.Safetensors;

public sealed class SafetensorsWriterTests : IDisposable
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    private readonly TempFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void WritesTheBytesOfTheFormat()
    {
        byte[] bytes = Written(new() { ["b"] = "2", ["a"] = "\"1\"" }, ("w", tensor(new[] { 1f, -2f })), ("n", tensor(258L)));

        string header = Encoding.UTF8.GetString(bytes, 8, bytes[0] + (bytes[1] << 8));
        Assert.Equal(
            """{"__metadata__":{"a":"\u00221\u0022","b":"2"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"n":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}""",
            header.TrimEnd(' '));
        Assert.Equal(0, header.Length % 8);
        Assert.Equal<byte>([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 2, 1, 0, 0, 0, 0, 0, 0], bytes[(8 + header.Length)..]);
    }

    [Fact]
    public void TheSameTensorsGiveTheSameBytes()
    {
        Tensor weight = arange(1000).to(ScalarType.Float32);

        Assert.Equal(
            Written(new() { ["a"] = "1", ["b"] = "2" }, ("w", weight)),
            Written(new() { ["b"] = "2", ["a"] = "1" }, ("w", weight.clone())));
    }

    [Fact]
    public void WhatIsWrittenIsReadBitForBit()
    {
        Tensor weight = tensor(new[] { 0f, -0f, float.Epsilon, float.MaxValue, float.NegativeInfinity, float.NaN }).reshape(2, 3, 1);
        Tensor scalar = tensor(3.5f);
        Tensor empty = zeros(0, 4);
        Tensor count = tensor(new[] { long.MinValue, long.MaxValue });
        string path = _folder.File(
            "猫 [1].safetensors", Written(new() { ["klasse"] = "Kätzchen 猫" }, ("w", weight), ("s", scalar), ("e", empty), ("n", count)));

        using var file = SafetensorsFile.Open(path);

        Assert.Equal("Kätzchen 猫", file.Metadata["klasse"]);
        Assert.Equal(["w", "s", "e", "n"], file.Tensors.Keys);
        foreach ((string name, Tensor tensor) in new[] { ("w", weight), ("s", scalar), ("e", empty), ("n", count) })
        {
            Tensor read = ones_like(tensor);
            file.ReadInto(name, read);
            Assert.Equal(tensor.bytes.ToArray(), read.bytes.ToArray());
        }
    }

    [Fact]
    public void ATensorLongerThanASliceIsReadBitForBit()
    {
        Tensor weight = arange((1 << 24) + 5).to(ScalarType.Float32).mul(0.5f);
        string path = _folder.File("f", Written(NoMetadata, ("w", weight)));

        using var file = SafetensorsFile.Open(path);
        Tensor read = zeros_like(weight);
        file.ReadInto("w", read);

        Assert.True(read.equal(weight).all().item<bool>());
    }

    [Fact]
    public void AStridedTensorIsWrittenInItsOwnOrder()
    {
        Tensor transposed = tensor(new[,] { { 1f, 2f, 3f }, { 4f, 5f, 6f } }).t();
        string path = _folder.File("f", Written(NoMetadata, ("w", transposed)));

        using var file = SafetensorsFile.Open(path);
        Tensor read = zeros(3, 2);
        file.ReadInto("w", read);

        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], read.data<float>().ToArray());
    }

    [Fact]
    public void ReadsIntoAParameterThatLearns()
    {
        string path = _folder.File(
            "f", HandmadeFile.Bytes("""{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}""", 0x80, 0x3F, 0x00, 0xC0));
        using var parameter = new TorchSharp.Modules.Parameter(zeros(2));

        using var file = SafetensorsFile.Open(path);
        file.ReadInto("w", parameter);

        Assert.True(parameter.requires_grad);
        Assert.Equal([1f, -2f], parameter.data<float>().ToArray());
    }

    [Theory]
    [InlineData(
        new long[] { 2, 3 }, "layer1.0.conv1.weight: expected [2, 3], found [3, 2]; the same dimensions in another order: is this a Keras")]
    [InlineData(new long[] { 6 }, "layer1.0.conv1.weight: expected [6], found [3, 2]; are these weights of another network")]
    public void AnotherShapeIsNamed(long[] shape, string expected)
    {
        string path = _folder.File("f", Written(NoMetadata, ("layer1.0.conv1.weight", zeros(3, 2))));
        using var file = SafetensorsFile.Open(path);
        Tensor destination = ones(shape);

        var error = Assert.Throws<PSTransferException>(() => file.ReadInto("layer1.0.conv1.weight", destination));

        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith($"{path}: {expected}", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, destination.sum().item<float>());
    }

    [Fact]
    public void AMissingTensorAndAnotherTypeAreNamed()
    {
        using var file = SafetensorsFile.Open(_folder.File("f", Written(NoMetadata, ("n", tensor(1L)))));

        Assert.Contains(
            "w: not among the 1 tensors",
            Assert.Throws<PSTransferException>(() => file.ReadInto("w", zeros(1))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "n: expected F32, F16 or BF16, found I64",
            Assert.Throws<PSTransferException>(() => file.ReadInto("n", tensor(1f))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => file.ReadInto("n", zeros(2, 3).t()));
        Assert.Throws<ArgumentException>(() => file.ReadInto("n", tensor(1.0)));
    }

    [Fact]
    public void RefusesWhatTheFormatCannotHold()
    {
        Assert.Contains(
            "w: expected a float32 or int64 tensor, found Float64", Refused(("w", tensor(1.0))).Message, StringComparison.Ordinal);
        Assert.Contains("w: two tensors", Refused(("w", tensor(1f)), ("w", tensor(1f))).Message, StringComparison.Ordinal);
        Assert.Contains("__metadata__", Refused(("__metadata__", tensor(1f))).Message, StringComparison.Ordinal);
    }

    private static PSTransferException Refused(params (string, Tensor)[] tensors) =>
        Assert.Throws<PSTransferException>(() => Written(NoMetadata, tensors));

    private static byte[] Written(Dictionary<string, string> metadata, params (string, Tensor)[] tensors)
    {
        var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, metadata, tensors);
        return stream.ToArray();
    }
}
