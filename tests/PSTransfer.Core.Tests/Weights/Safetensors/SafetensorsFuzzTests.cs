using PSTransfer.Fuzz;

namespace PSTransfer.Core.Tests.Weights.Safetensors;

/// <summary>
/// Whatever the bytes, the answer is a value or a PSTransferException, and memory stays within reach of the file's length.
/// </summary>
public sealed class SafetensorsFuzzTests : IDisposable
{
    private const string Header =
        """{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F16","shape":[2],"data_offsets":[32,36]},"n":{"dtype":"I64","shape":[],"data_offsets":[24,32]},"c":{"dtype":"BF16","shape":[1,1],"data_offsets":[36,38]}}  """;

    private static readonly byte[] Valid = HandmadeFile.Bytes(Header, [.. Enumerable.Range(0, 38).Select(i => (byte)(i * 7))]);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheFileItselfIsValid() => Assert.True(Answers(Valid));

    [Fact]
    public void ATruncatedFileIsRefusedAtEveryByte()
    {
        for (int length = 0; length < Valid.Length; length++)
        {
            Assert.False(Answers(Valid[..length]), $"cut at byte {length}");
        }
    }

    [Fact]
    public void AnAppendedByteIsRefused() => Assert.False(Answers([.. Valid, 0]));

    [Fact]
    public void EveryFlippedBitIsAnswered()
    {
        int read = 0;
        for (int bit = 0; bit < Valid.Length * 8; bit++)
        {
            byte[] bytes = [.. Valid];
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            read += Answers(bytes) ? 1 : 0;
        }

        // All 304 bits of data are free, and those of names and blanks; the rest is not.
        Assert.InRange(read, 38 * 8, Valid.Length * 4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomMutationsAreAnswered(int seed)
    {
        var random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 2000; i++)
        {
            refused += Answers(Damaged(random)) ? 0 : 1;
        }

        Assert.InRange(refused, 1000, 2000);
    }

    [Fact]
    public void HugeNumbersAnywhereInTheHeaderAreAnswered()
    {
        string[] numbers = ["2", "3", "0", "24", "32", "36", "38"];
        string[] huge = ["99999999999", "4611686018427387904", "9223372036854775807", "1e400", "123456789012345678901234567890"];
        foreach (string number in numbers)
        {
            foreach (string replacement in huge)
            {
                Assert.False(
                    Answers(
                        HandmadeFile.Bytes(
                            Header.Replace($"[{number},", $"[{replacement},", StringComparison.Ordinal)
                                .Replace($",{number}]", $",{replacement}]", StringComparison.Ordinal),
                            Valid[^38..])));
            }
        }
    }

    [Theory]
    [InlineData("[", 100_000)]
    [InlineData("{\"a\":", 100_000)]
    [InlineData("[", 10)]
    public void DeepNestingIsAnswered(string opening, int depth) =>
        Assert.False(Answers(HandmadeFile.Bytes("{\"w\":" + string.Concat(Enumerable.Repeat(opening, depth)))));

    [Fact]
    public void ManyEmptyTensorsAreRead()
    {
        var header = new StringBuilder("{");
        for (int i = 0; i < 5000; i++)
        {
            header.Append(i > 0 ? "," : "").Append('"').Append(i).Append("\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }

        Assert.True(Answers(HandmadeFile.Bytes(header.Append('}').ToString())));
    }

    /// <summary>Opens the file and reads every tensor; false when it is refused, and any other exception fails the test.</summary>
    private bool Answers(byte[] bytes)
    {
        string path = _folder.File("fuzz.safetensors", bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var file = SafetensorsFile.Open(path);
            foreach (TensorEntry entry in file.Tensors.Values)
            {
                Read(file, entry);
            }

            return true;
        }
        catch (PSTransferException e)
        {
            Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (1 << 20) + (20L * bytes.Length));
        }
    }

    private static void Read(SafetensorsFile file, TensorEntry entry)
    {
        long count = entry.Shape.Aggregate(1L, (product, n) => product * n);
        if (entry.DataType == "I64")
        {
            file.ReadLongs(entry, 0, new long[count]);
        }
        else
        {
            file.ReadFloats(entry, 0, new float[count]);
        }
    }

    /// <summary>With its length adjusted, half of the damage reaches the JSON reader instead of failing the first check.</summary>
    private static byte[] Damaged(Random random) => random.Next(2) == 0
        ? Mutation.Of(Valid, random)
        : WithLength(Mutation.Of(Valid[8..], random));

    private static byte[] WithLength(byte[] content) =>
        [.. BitConverter.GetBytes(Header.Length + content.LongLength - (Valid.Length - 8)), .. content];
}
