using Google.Protobuf;
using PSTransfer.Core.Training.Logs;

namespace PSTransfer.Core.Tests.Training.Logs;

public sealed class EventFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Read back by Google's protobuf reader; lengths and checksums by hand.</summary>
    [Fact]
    public void AFileHoldsTheVersionAndEachEpochsScalars()
    {
        var folder = _folder.File("runs/1");
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        using (var events = new EventFile(folder))
        {
            events.Add(new EpochRecord(1, 7, 0.5, 0.25, 0.75, 0.125, 1e-3, 9));
            events.Add(new EpochRecord(300, 7, 0.0625, 1, null, null, 1e-3, 9));
        }

        var file = Assert.Single(Directory.GetFiles(folder));
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(file), StringComparison.Ordinal);
        var records = Records(File.ReadAllBytes(file)).ToList();
        Assert.All(records, record => Assert.InRange(record.Time, before, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1));
        Assert.Equal("brain.Event:2", records[0].Version);
        Assert.Equal(
            (1, "loss/training=0.5 loss/validation=0.75 accuracy/training=0.25 accuracy/validation=0.125 learning_rate=0.001"),
            (records[1].Step, records[1].Scalars));
        Assert.Equal((300, "loss/training=0.0625 accuracy/training=1 learning_rate=0.001"), (records[2].Step, records[2].Scalars));
    }

    [Fact]
    public void TwoRunsAtOnceHaveFilesOfTheirOwn()
    {
        using var first = new EventFile(_folder.Path);
        using var second = new EventFile(_folder.Path);
        Assert.Equal(2, _folder.Names().Length);
    }

    [Fact]
    public void AFileInTheFoldersPlaceIsNamed()
    {
        var path = _folder.File("file", [1]);
        var error = Assert.Throws<PSTransferException>(() => new EventFile(path));
        Assert.Equal(FaultKind.WriteFailed, error.Kind);
        Assert.StartsWith($"{path} can't be written", error.Message, StringComparison.Ordinal);
    }

    /// <summary>RFC 3720, B.4: the checksums of 32 zeros and of 32 bytes of ones.</summary>
    [Theory]
    [InlineData(0x00, 0x8a9136aau)]
    [InlineData(0xff, 0x62a8ab43u)]
    public void TheReadersChecksumIsCrc32C(byte value, uint expected) => Assert.Equal(expected, Crc32C([.. Enumerable.Repeat(value, 32)]));

    private sealed record Event(double Time, long Step, string? Version, string Scalars);

    private static IEnumerable<Event> Records(byte[] file)
    {
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            AssertChecksum(file[at..(at + 8)], file.AsSpan(at + 8));
            AssertChecksum(file[(at + 12)..(at + 12 + length)], file.AsSpan(at + 12 + length));
            yield return Parse(new CodedInputStream(file, at + 12, length));
            at += length + 16;
        }
    }

    private static void AssertChecksum(byte[] data, ReadOnlySpan<byte> stored)
    {
        var crc = Crc32C(data);
        Assert.Equal(((crc >> 15) | (crc << 17)) + 0xa282ead8, BinaryPrimitives.ReadUInt32LittleEndian(stored));
    }

    private static Event Parse(CodedInputStream input)
    {
        var read = new Event(0, 0, null, string.Empty);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            read = (tag >> 3) switch
            {
                1 => read with { Time = input.ReadDouble() },
                2 => read with { Step = input.ReadInt64() },
                3 => read with { Version = input.ReadString() },
                5 => read with { Scalars = string.Join(" ", Values(input.ReadBytes())) },
                _ => throw new InvalidDataException($"field {tag >> 3}"),
            };
        }

        return read;
    }

    private static IEnumerable<string> Values(ByteString summary)
    {
        var input = summary.CreateCodedInput();
        while (input.ReadTag() == ((1 << 3) | 2))
        {
            var value = input.ReadBytes().CreateCodedInput();
            Assert.Equal((1u << 3) | 2, value.ReadTag());
            var name = value.ReadString();
            Assert.Equal((2u << 3) | 5, value.ReadTag());
            yield return FormattableString.Invariant($"{name}={value.ReadFloat()}");
        }
    }

    private static uint Crc32C(byte[] data)
    {
        var crc = uint.MaxValue;
        foreach (var one in data)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0x82F63B78 & (0 - (crc & 1)));
            }
        }

        return ~crc;
    }
}
