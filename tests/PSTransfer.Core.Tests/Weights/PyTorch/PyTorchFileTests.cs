using PSTransfer.Core.Weights.PyTorch;

namespace PSTransfer.Core.Tests.Weights.PyTorch;

/// <summary>Every kind of file that torch.save writes gives the numbers that PyTorch itself reads from it.</summary>
public sealed class PyTorchFileTests : IDisposable
{
    private static readonly JsonDocument Expected = JsonDocument.Parse(File.ReadAllText(SmallPyTorch.File("expected.json")));

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Files => [.. Expected.RootElement.EnumerateObject().Select(file => file.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void NamesShapesTypesAndNumbersArePyTorchs(string name)
    {
        using var file = PyTorchFile.Open(SmallPyTorch.File(name));
        Assert.Equal(WeightConvention.Torch, file.Convention);
        var expected = Expected.RootElement.GetProperty(name).EnumerateObject().ToList();
        Assert.Equal(expected.Select(tensor => tensor.Name), file.Tensors.Select(tensor => tensor.Name));
        foreach (var (tensor, wanted) in file.Tensors.Zip(expected.Select(tensor => tensor.Value)))
        {
            Assert.Equal(wanted.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), tensor.Shape);
            Assert.Equal(wanted.GetProperty("dtype").GetString(), tensor.DataType);
            var numbers = new float[tensor.Shape.Aggregate(1L, (product, size) => product * size)];
            if (wanted.TryGetProperty("data", out var data))
            {
                file.Read(tensor, numbers);
                Assert.Equal(data.EnumerateArray().Select(number => number.GetSingle()), numbers);
            }
            else
            {
                var error = Assert.Throws<PSTransferException>(() => file.Read(tensor, numbers));
                Assert.StartsWith(
                    $"{SmallPyTorch.File(name)}: {tensor.Name}: expected float32, float16 or bfloat16, found {tensor.DataType}",
                    error.Message,
                    StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void ACheckpointSaysWhatItsNetworkIs()
    {
        using var checkpoint = PyTorchFile.Open(SmallPyTorch.File("checkpoint.pth"));
        using var plain = PyTorchFile.Open(SmallPyTorch.File("zip.pth"));
        Assert.Equal("resnet18", checkpoint.Architecture);
        Assert.Null(plain.Architecture);
    }

    [Fact]
    public void AViewLargerThanTheWindowIsReadInTheOrderOfItsShape()
    {
        const int Rows = 300, Columns = 170;
        var pickle = SmallPyTorch.Bytes(
            0x80, 2, "}X", Int(1), "tctorch._utils\n_rebuild_tensor_v2\n((X", Int(7), "storagectorch\nFloatStorage\nX", Int(1), "0X",
            Int(3), "cpuJ", Int(Rows * Columns),
            "tQK", 0, 'J', Int(Columns), 'J', Int(Rows), 0x86, "K", 1, 'J', Int(Columns), 0x86, 0x89, "}tRs.");
        byte[] storage = [.. Enumerable.Range(0, Rows * Columns).SelectMany(i => BitConverter.GetBytes((float)i))];
        var path = _folder.File("view.pth", SmallPyTorch.Zip([("a/data.pkl", pickle), ("a/data/0", storage)]));

        using var file = PyTorchFile.Open(path);
        var numbers = new float[Rows * Columns];
        file.Read(Assert.Single(file.Tensors), numbers);

        Assert.Equal(
            Enumerable.Range(0, Columns).SelectMany(column => Enumerable.Range(0, Rows).Select(row => (float)((row * Columns) + column))),
            numbers);
    }

    [Fact]
    public void AStorageWithoutTypeHasThatOfItsTensor()
    {
        // What newer PyTorch writes for types that have no class of storage, and may for others.
        var pickle = SmallPyTorch.Bytes(
            0x80, 2, "}X", Int(1), "tctorch._utils\n_rebuild_tensor_v3\n((X", Int(7), "storagectorch.storage\nUntypedStorage\nX", Int(1),
            "0X", Int(3), "cpuK", 12,
            "tQK", 1, "K", 2, 0x85, "K", 1, 0x85, 0x89, "}ctorch\nfloat32\ntRs.");
        byte[] storage = [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(2.5f), .. BitConverter.GetBytes(-3.5f)];
        var path = _folder.File("untyped.pth", SmallPyTorch.Zip([("a/data.pkl", pickle), ("a/data/0", storage)]));

        using var file = PyTorchFile.Open(path);
        var numbers = new float[2];
        file.Read(Assert.Single(file.Tensors), numbers);

        Assert.Equal([2.5f, -3.5f], numbers);
    }

    [Fact]
    public void ADictOfTensorsUnderAnotherNameIsFoundWhenItIsTheOnlyOne()
    {
        var entries = SmallPyTorch.Entries("nested-bomb.pth");
        var renamed = Replace(entries[0].Content, "state_dict"u8.ToArray(), "statistics"u8.ToArray());
        var path = _folder.File("other.pth", SmallPyTorch.Zip([(entries[0].Name, renamed), .. entries[1..]]));

        using var file = PyTorchFile.Open(path);

        Assert.Equal("a", Assert.Single(file.Tensors).Name);
    }

    internal static byte[] Int(int value) => BitConverter.GetBytes(value);

    private static byte[] Replace(byte[] bytes, byte[] old, byte[] now)
    {
        now.CopyTo(bytes, bytes.AsSpan().IndexOf(old));
        return bytes;
    }
}
