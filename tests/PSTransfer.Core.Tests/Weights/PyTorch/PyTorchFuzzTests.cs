using PSTransfer.Core.Weights.PyTorch;
using PSTransfer.Fuzz;

namespace PSTransfer.Core.Tests.Weights.PyTorch;

/// <summary>
/// Whatever the bytes, the answer is tensors or a PSTransferException, and memory stays small whatever numbers they hold.
/// </summary>
public sealed class PyTorchFuzzTests : IDisposable
{
    private const long MostMemory = 1 << 24;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("zip.pth")]
    [InlineData("legacy.pth")]
    [InlineData("checkpoint.pth")]
    [InlineData("legacy-views.pth")]
    public void ACutFileIsRefused(string file)
    {
        var valid = File.ReadAllBytes(SmallPyTorch.File(file));
        for (var length = 0; length < valid.Length; length += 7)
        {
            Assert.False(Answers(valid[..length]), $"cut at byte {length}");
        }
    }

    [Theory]
    [InlineData("zip.pth", 1)]
    [InlineData("legacy.pth", 2)]
    [InlineData("views.pth", 3)]
    [InlineData("legacy-views.pth", 4)]
    [InlineData("protocol5-checkpoint.pth", 5)]
    [InlineData("legacy-checkpoint.pth", 6)]
    [InlineData("protocol4.pth", 7)]
    public void RandomMutationsAreAnswered(string file, int seed)
    {
        var valid = File.ReadAllBytes(SmallPyTorch.File(file));
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < Count; i++)
        {
            refused += Answers(Mutation.Of(valid, random)) ? 0 : 1;
        }

        Assert.InRange(refused, Count / 20, Count - 1);
    }

    [Theory]
    [InlineData("zip.pth", 11)]
    [InlineData("checkpoint.pth", 12)]
    public void MutatedPicklesAreAnswered(string file, int seed)
    {
        var entries = SmallPyTorch.Entries(file);
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < Count; i++)
        {
            refused += Answers(SmallPyTorch.Zip([(entries[0].Name, Mutation.Of(entries[0].Content, random)), .. entries[1..]])) ? 0 : 1;
        }

        Assert.InRange(refused, Count / 20, Count - 1);
    }

    [Theory]
    [InlineData(0x8B, 0x7FFFFFFF)]
    [InlineData(0x8B, -1)]
    [InlineData('X', 0x7FFFFFFF)]
    [InlineData('X', -1)]
    [InlineData('T', -1)]
    [InlineData('B', -1)]
    [InlineData(0x8D, -1)]
    [InlineData(0x8E, -1)]
    [InlineData(0x96, -1)]
    public void ALengthBeyondTheFileTakesNoMemory(int opcode, int length) =>
        Assert.False(
            Answers(
                SmallPyTorch.Zip(
                    SmallPyTorch.Bytes(0x80, 4, (byte)opcode, BitConverter.GetBytes(length), BitConverter.GetBytes(length), '.'))));

    [Fact]
    public void DeepNestingIsAnswered()
    {
        const int Depth = 500_000;
        byte[] lists = [0x80, 2, .. Enumerable.Repeat((byte)']', Depth), .. Enumerable.Repeat((byte)'a', Depth - 1), (byte)'.'];
        Assert.False(Answers(SmallPyTorch.Zip(lists), 1L << 28));
        byte[] marks = [0x80, 2, .. Enumerable.Repeat((byte)'(', Depth), (byte)'.'];
        Assert.False(Answers(SmallPyTorch.Zip(marks), 1L << 28));
    }

    [Fact]
    public void AListThatHoldsItselfIsAnswered() =>
        Assert.False(
            Answers(SmallPyTorch.Zip(SmallPyTorch.Bytes(0x80, 2, "}q", 0, 'X', PyTorchFileTests.Int(5), "modelh", 0, "sh", 0, '.'))));

    [Fact]
    public void MoreStepsThanWeightsNeedAreRefused()
    {
        byte[] pickle = [0x80, 2, .. Enumerable.Repeat((byte)']', 4_000_000), (byte)'.'];
        Assert.False(Answers(SmallPyTorch.Zip(pickle), 1L << 29));
    }

    [Fact]
    public void OneLongListGivenToManyDictionariesIsCopiedOnce()
    {
        // 100,000 pairs, and 100,000 dictionaries made of them: 10 thousand million entries if each had its own.
        const int Many = 100_000;
        byte[] pickle =
        [
            .. SmallPyTorch.Bytes(0x80, 2, "ccollections\nOrderedDict\nq", 0, "0]("),
            .. Enumerable.Repeat("NN\u0086"u8.ToArray()[..2], Many).SelectMany(pair => (byte[])[.. pair, 0x86]),
            .. SmallPyTorch.Bytes('e', 0x85, 'q', 1, "0"),
            .. Enumerable.Repeat(SmallPyTorch.Bytes('h', 0, 'h', 1, 'R'), Many).SelectMany(call => call),
            (byte)'.',
        ];
        Assert.False(Answers(SmallPyTorch.Zip(pickle), 1L << 26));
    }

    // PSTRANSFER_FUZZ asks for more than the suite has time for.
    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("PSTRANSFER_FUZZ"), out var count) ? count : 1000;

    /// <summary>Opens the file and reads every tensor; false when it is refused, and any other exception fails the test.</summary>
    private bool Answers(byte[] bytes, long mostMemory = MostMemory)
    {
        var path = _folder.File("fuzz.pth", bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var file = PyTorchFile.Open(path);
            var allRead = true;
            foreach (var tensor in file.Tensors)
            {
                var numbers = new float[tensor.Shape.Aggregate(1L, (product, size) => checked(product * size))];
                try
                {
                    file.Read(tensor, numbers);
                }
                catch (PSTransferException error) when (error.Message.Contains($"found {tensor.DataType}", StringComparison.Ordinal))
                {
                    allRead &= tensor.DataType != "float32";
                }
            }

            return allRead;
        }
        catch (PSTransferException error)
        {
            Assert.StartsWith($"{path}: ", error.Message, StringComparison.Ordinal);
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, mostMemory);
        }
    }
}
