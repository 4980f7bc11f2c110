using PSTransfer.Fuzz;

namespace PSTransfer.Core.Tests.Weights.KerasH5;

/// <summary>Whatever the bytes, the answer is a network or a PSTransferException, and it costs little memory.</summary>
public sealed class KerasFuzzTests : IDisposable
{
    private const long MostAllocated = 64 << 20;

    private readonly TempFolder _folder = new();
    private readonly TransferNetwork _network = SmallKeras.Network();

    public void Dispose()
    {
        _network.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("fixed.h5")]
    [InlineData("variable.h5")]
    [InlineData("latest.h5")]
    [InlineData("dense.h5")]
    public void ACutFileIsRefused(string file)
    {
        var valid = File.ReadAllBytes(SmallKeras.File(file));
        for (var length = 0; length < valid.Length; length += 101)
        {
            Assert.False(Answers(valid[..length]), $"cut at byte {length}");
        }
    }

    [Theory]
    [InlineData("fixed.h5", 1)]
    [InlineData("variable.h5", 2)]
    [InlineData("keras1.h5", 3)]
    [InlineData("whole.h5", 4)]
    [InlineData("latest.h5", 5)]
    [InlineData("dense.h5", 6)]
    [InlineData("track-order.h5", 7)]
    [InlineData("compact.h5", 8)]
    public void RandomMutationsAreAnswered(string file, int seed)
    {
        var valid = File.ReadAllBytes(SmallKeras.File(file));
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < Count; i++)
        {
            refused += Answers(Mutation.Of(valid, random)) ? 0 : 1;
        }

        Assert.InRange(refused, Count / 20, Count);
    }

    /// <summary>Keras 3's files, read tensor by tensor.</summary>
    [Theory]
    [InlineData("keras3.weights.h5", 11)]
    [InlineData("keras3-nested.weights.h5", 12)]
    [InlineData("keras3-bfloat16.weights.h5", 13)]
    [InlineData("stored.keras", 14)]
    [InlineData("deflated.keras", 15)]
    [InlineData("nested.keras", 16)]
    public void RandomMutationsOfKeras3AreAnswered(string file, int seed)
    {
        var valid = File.ReadAllBytes(SmallKeras.File(file));
        var random = new Random(seed);
        var numbers = new float[valid.Length * 8];
        var refused = 0;
        for (var i = 0; i < Count; i++)
        {
            refused += Answers(Mutation.Of(valid, random), path => SmallKeras.ReadAll(path, numbers)) ? 0 : 1;
        }

        Assert.InRange(refused, Count / 20, Count);
    }

    [Theory]
    [InlineData("keras3.weights.h5")]
    [InlineData("stored.keras")]
    [InlineData("deflated.keras")]
    public void ACutFileOfKeras3IsRefused(string file)
    {
        var valid = File.ReadAllBytes(SmallKeras.File(file));
        for (var length = 0; length < valid.Length; length += 101)
        {
            Assert.False(Answers(valid[..length], path => SmallKeras.ReadAll(path, new float[valid.Length * 8])), $"cut at byte {length}");
        }
    }

    /// <summary>
    /// Whichever number says 2 GB, the length of a heap, a tree, a header or a dataset: it is refused before memory is taken.
    /// </summary>
    [Theory]
    [InlineData("fixed.h5")]
    [InlineData("variable.h5")]
    [InlineData("dense.h5")]
    public void ANumberOfTwoGigabytesCostsNothing(string file)
    {
        var valid = File.ReadAllBytes(SmallKeras.File(file));
        for (var at = 0; at < valid.Length - 8; at += 24)
        {
            byte[] bytes = [.. valid];
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), 0x7FFFFFC7);
            Answers(bytes);
        }
    }

    // PSTRANSFER_FUZZ asks for more than the suite has time for.
    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("PSTRANSFER_FUZZ"), out var count) ? count : 400;

    private bool Answers(byte[] bytes) => Answers(bytes, path => BackboneWeights.Load(_network, path));

    private bool Answers(byte[] bytes, Action<string> load)
    {
        var path = _folder.File("fuzz.h5", bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            load(path);
            return true;
        }
        catch (PSTransferException error)
        {
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        }
    }
}
