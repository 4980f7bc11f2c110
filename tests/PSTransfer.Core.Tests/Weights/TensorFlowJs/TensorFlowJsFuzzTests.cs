using PSTransfer.Core.Weights.TensorFlowJs;
using PSTransfer.Fuzz;

namespace PSTransfer.Core.Tests.Weights.TensorFlowJs;

/// <summary>
/// Whatever the bytes, the answer is a value or a PSTransferException, and memory stays within reach of the files' length.
/// </summary>
public sealed class TensorFlowJsFuzzTests : IDisposable
{
    private const int Count = 1500;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("plain", "model.json", 1, Count / 2)]
    [InlineData("old", "model.json", 2, Count / 2)]
    [InlineData("quantized", "model.json", 3, Count / 2)]
    [InlineData("old", "group1-shard1of3.bin", 4, Count / 4)]
    [InlineData("old", "group1-shard3of3.bin", 5, Count / 4)]
    public void RandomMutationsAreAnswered(string model, string file, int seed, int leastRefused)
    {
        SmallModel.Copy(_folder, model);
        var valid = File.ReadAllBytes(_folder.File(file));
        Assert.True(Answers(file, valid));
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < Count; i++)
        {
            refused += Answers(file, Mutation.Of(valid, random)) ? 0 : 1;
        }

        Assert.InRange(refused, leastRefused, Count - 1);
    }

    [Fact]
    public void ACutModelIsRefusedAtEveryByte()
    {
        SmallModel.Copy(_folder, "old");
        var valid = File.ReadAllBytes(_folder.File("model.json"));
        for (var length = 0; length < valid.Length - 1; length++)
        {
            Assert.False(Answers("model.json", valid[..length]), $"cut at byte {length}");
        }
    }

    /// <summary>Opens the model and reads every tensor; false when it is refused, and any other exception fails the test.</summary>
    private bool Answers(string file, byte[] bytes)
    {
        _folder.File(file, bytes);
        var path = _folder.File("model.json");
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var model = TensorFlowJsFile.Open(path);
            foreach (var tensor in model.Tensors.Where(tensor => tensor.DataType == "float32"))
            {
                SmallModel.Read(model, tensor);
            }

            return true;
        }
        catch (PSTransferException error)
        {
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (1 << 20) + (20L * bytes.Length));
        }
    }
}
