using PSTransfer.Core.Training.Logs;

namespace PSTransfer.Core.Tests.Training.Logs;

public sealed class EpochLogTests : IDisposable
{
    private static readonly EpochRecord[] History = [Epoch(1), Epoch(2), Epoch(3)];

    private readonly TempFolder _folder = new();

    private string Path => _folder.File("Lauf [1] 猫.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ALineIsJsonWithTheDocumentedFields()
    {
        var before = DateTime.UtcNow;
        Write(new EpochRecord(3, 7, 0.5, 0.25, double.NaN, 0.75, 1e-3, 1.5, 1));

        using var line = JsonDocument.Parse(Assert.Single(File.ReadAllLines(Path)));
        Assert.Equal(
            ["time", "epoch", "epochs", "stage", "steps", "loss", "accuracy", "validationLoss", "validationAccuracy", "learningRate", "seconds"
            ],
            line.RootElement.EnumerateObject().Select(field => field.Name));
        var time = line.RootElement.GetProperty("time").GetDateTime();
        Assert.Equal(DateTimeKind.Utc, time.Kind);
        Assert.InRange(time, before, DateTime.UtcNow);
        Assert.Equal(0.5, line.RootElement.GetProperty("loss").GetDouble());
        Assert.Equal("NaN", line.RootElement.GetProperty("validationLoss").GetString());
    }

    [Fact]
    public void ALineIsThereBeforeTheLogIsClosed()
    {
        using var log = new EpochLog(Path);
        log.Add(History[0], 3);
        using var reader = new StreamReader(new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.EndsWith("}\n", reader.ReadToEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(60)]
    public void WhatAKilledProcessLeftOfALineIsCutOff(int bytes)
    {
        Write(History[0]);
        var whole = File.ReadAllText(Path);
        File.AppendAllText(Path, whole[..bytes]);

        Write(History[1]);

        Assert.Equal([1, 2], Epochs());
        Assert.StartsWith(whole, File.ReadAllText(Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.4)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void APartOfTheFirstLineIsCutOffToo(double share)
    {
        Write(History[0]);
        var whole = File.ReadAllText(Path);
        File.WriteAllText(Path, whole[..(int)(whole.Length * share)]);

        Write(History[0]);

        Assert.Equal([1], Epochs());
    }

    [Fact]
    public void ALastLineThatLacksItsEndAloneIsKeptAndCounted()
    {
        Write(History[0], History[1]);
        File.WriteAllText(Path, File.ReadAllText(Path).TrimEnd('\n'));
        using (var log = new EpochLog(Path))
        {
            Assert.Equal(2, log.Count(History));
            log.Add(History[2], 3);
        }

        Assert.Equal([1, 2, 3], Epochs());
    }

    [Theory]
    [InlineData("{\"time\":\"2026-11-30T10:00:00Z\",\"level\":\"info\",\"message\":\"started\"}")]
    [InlineData("{\"time\":\"2026-11-30T10:00:00Z\",\"level\":\"in")]
    [InlineData("{\"time\":\"2026-11-30T10:00:00Z\",\"epoch\":3,\"loss\":0.5}")]
    [InlineData("{\"time\":\"2026-11-30T10:00:00Z\",\"epoch\":3,\"ep")]
    [InlineData("{\"time\":\"")]
    [InlineData("{\"ti")]
    [InlineData("{")]
    [InlineData("{\"time\":\"2026-11-30T10:00:00Z\",\"epoch\":1,\"epochs\":2,\"host\":\"x\"")]
    [InlineData("[]\n{\"time\":\"2026-11-30T10:00:00Z\",\"epoch\":1,\"epochs\":2,\"ph")]
    public void WhatAnotherProgramWroteIsRefusedAndNotTouched(string content) => RefusedUntouched(content);

    [Theory]
    [InlineData("{\"time\":\"2026-11-30T10:00:00Z\",\"level\":\"info\"}")]
    [InlineData("{\"time\":\"2026-11-30T10:00:00Z\",\"l")]
    [InlineData("a note\n{\"time\":\"20")]
    [InlineData("a note")]
    public void WhatAnotherProgramAddedIsRefusedAndNotTouched(string added)
    {
        Write(History[0]);
        RefusedUntouched(File.ReadAllText(Path) + added);
    }

    [Fact]
    public void WholeLinesThatAnotherProgramAddedStay()
    {
        Write(History[0]);
        File.AppendAllText(Path, "a note\n");
        Write(History[1]);
        Assert.Equal("a note", File.ReadAllLines(Path)[1]);
        Assert.Equal(3, File.ReadAllLines(Path).Length);
    }

    [Fact]
    public void WhatIsAddedInMidRunIsNotOverwritten()
    {
        using var log = new EpochLog(Path);
        log.Add(History[0], 3);
        using (var other = new FileStream(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.Seek(0, SeekOrigin.End);
            other.Write("a note\n"u8);
        }

        log.Add(History[1], 3);
        Assert.Equal(3, File.ReadAllLines(Path).Length);
        Assert.Equal("a note", File.ReadAllLines(Path)[1]);
    }

    [Fact]
    public void AnEndlessFileIsRefusedWithoutReadingIt()
    {
        using (var file = File.Create(Path))
        {
            file.SetLength(6L << 30);
        }

        Assert.Equal(FaultKind.InvalidData, Assert.Throws<PSTransferException>(() => new EpochLog(Path)).Kind);
        Assert.Equal(6L << 30, new FileInfo(Path).Length);
    }

    [Fact]
    public void ASecondRunIsToldWhoWritesTheLog()
    {
        using var first = new EpochLog(Path);
        first.Add(History[0], 3);

        var error = Assert.Throws<PSTransferException>(() => new EpochLog(Path));

        Assert.Equal(FaultKind.InUse, error.Kind);
        Assert.StartsWith(
            $"{Path}: another run writes this log: this process {Environment.ProcessId} on ", error.Message, StringComparison.Ordinal);
        first.Add(History[1], 3);
        Assert.Equal([1, 2], Epochs());
    }

    [Fact]
    public void NothingIsLeftBesideALogThatWasClosed()
    {
        Write(History[0]);
        Assert.Equal([System.IO.Path.GetFileName(Path)], _folder.Names());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void TheEpochsOfARunThatAreThereAreCounted(int there)
    {
        Write(Epoch(1) with { Loss = 9 }, Epoch(2) with { Loss = 9 });
        Write(History[..there]);
        using var log = new EpochLog(Path);
        Assert.Equal(there, log.Count(History));
    }

    [Fact]
    public void AnotherRunsEpochsDontCount()
    {
        Write(History);
        using var log = new EpochLog(Path);
        Assert.Equal(0, log.Count([.. History.Select(epoch => epoch with { Loss = 9 })]));
        Assert.Equal(0, log.Count([]));
    }

    [Theory]
    [InlineData("epoch,loss\n1,0.5\n")]
    [InlineData("{\"epoch\":1}\n")]
    [InlineData("x")]
    public void AFileOfAnotherKindIsRefusedAndNotTouched(string content) => RefusedUntouched(content);

    [Fact]
    public void AFolderThatIsntThereIsNamed()
    {
        var error = Assert.Throws<PSTransferException>(() => new EpochLog(_folder.File("missing/run.jsonl")));
        Assert.Equal(FaultKind.NotFound, error.Kind);
    }

    private void RefusedUntouched(string content)
    {
        File.WriteAllText(Path, content);
        var error = Assert.Throws<PSTransferException>(() => new EpochLog(Path));
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith($"{Path}: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Nothing was changed. Choose another -LogPath.", error.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Path));
    }

    private static EpochRecord Epoch(int number) => new(number, 7, 1.0 / number, 0.1 * number, null, null, 0.01, 0.3, 1);

    private void Write(params EpochRecord[] epochs)
    {
        using var log = new EpochLog(Path);
        foreach (var epoch in epochs)
        {
            log.Add(epoch, 3);
        }
    }

    private IEnumerable<int> Epochs() => File.ReadAllLines(Path).Select(line => JsonElement.Parse(line).GetProperty("epoch").GetInt32());
}
