using System.Buffers.Binary;
using PSTransfer.Core.Models;
using PSTransfer.Core.Tests.Files;
using Xunit;

namespace PSTransfer.Core.Tests.Weights.KerasH5;

/// <summary>Whatever the bytes, the answer is a network or a PSTransferException.</summary>
public sealed class KerasFuzzTests : IDisposable
{
    private static readonly long[] Huge = [-1, long.MaxValue, int.MaxValue, 1L << 32, 0];

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
    public void ACutFileIsRefused(string file)
    {
        var valid = File.ReadAllBytes(SmallKeras.File(file));
        for (var length = 0; length < valid.Length; length += 37)
        {
            Assert.False(Answers(valid[..length]), $"cut at byte {length}");
        }
    }

    [Theory]
    [InlineData("fixed.h5", 1)]
    [InlineData("variable.h5", 2)]
    [InlineData("keras1.h5", 3)]
    [InlineData("whole.h5", 4)]
    public void RandomMutationsAreAnswered(string file, int seed)
    {
        var valid = File.ReadAllBytes(SmallKeras.File(file));
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < Count; i++)
        {
            refused += Answers(Mutate(valid, random)) ? 0 : 1;
        }

        Assert.InRange(refused, Count / 20, Count);
    }

    // PSTRANSFER_FUZZ asks for more than the suite has time for.
    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("PSTRANSFER_FUZZ"), out var count) ? count : 1000;

    private static byte[] Mutate(byte[] valid, Random random)
    {
        byte[] bytes = [.. valid];
        for (var change = random.Next(1, 5); change > 0; change--)
        {
            var at = random.Next(bytes.Length - 8);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    // Addresses are aligned to 8; this one leads elsewhere in the file, in a circle at times.
                    BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at & ~7), random.Next(bytes.Length) & ~7);
                    break;
                case 3:
                    BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at & ~7), Huge[random.Next(Huge.Length)]);
                    break;
                default:
                    var from = random.Next(bytes.Length - 8);
                    bytes.AsSpan(from, 8).ToArray().CopyTo(bytes, at);
                    break;
            }
        }

        return bytes;
    }

    private bool Answers(byte[] bytes)
    {
        var path = _folder.File("fuzz.h5", bytes);
        try
        {
            BackboneWeights.Load(_network, path);
            return true;
        }
        catch (PSTransferException error)
        {
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            return false;
        }
    }
}
