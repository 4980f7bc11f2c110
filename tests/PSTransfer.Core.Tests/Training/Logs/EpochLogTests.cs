using System.Text.Json;
using PSTransfer.Core.Tests.Files;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Logs;
using Xunit;

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
        Write(new EpochRecord(3, 7, 0.5, 0.25, double.NaN, 0.75, 1e-3, 1.5));

        using var line = JsonDocument.Parse(Assert.Single(File.ReadAllLines(Path)));
        Assert.Equal(
            ["time", "epoch", "epochs", "phase", "steps", "loss", "accuracy", "validationLoss", "validationAccuracy", "learningRate", "seconds"],
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
        log.Add(History[0], 3, 1);
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

    [Fact]
    public void HalfOfTheFirstLineIsCutOffToo()
    {
        File.WriteAllText(Path, "{\"ti");
        Write(History[0]);
        Assert.Equal([1], Epochs());
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
    public void AFileOfAnotherKindIsRefusedAndNotTouched(string content)
    {
        File.WriteAllText(Path, content);
        var error = Assert.Throws<PSTransferException>(() => new EpochLog(Path));
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith($"{Path}: this is no log of a run", error.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Path));
    }

    [Fact]
    public void AFolderThatIsntThereIsNamed()
    {
        var error = Assert.Throws<PSTransferException>(() => new EpochLog(_folder.File("missing/run.jsonl")));
        Assert.Equal(FaultKind.NotFound, error.Kind);
    }

    private static EpochRecord Epoch(int number) => new(number, 7, 1.0 / number, 0.1 * number, null, null, 0.01, 0.3);

    private void Write(params EpochRecord[] epochs)
    {
        using var log = new EpochLog(Path);
        foreach (var epoch in epochs)
        {
            log.Add(epoch, 3, 1);
        }
    }

    private IEnumerable<int> Epochs() => File.ReadAllLines(Path).Select(line => JsonElement.Parse(line).GetProperty("epoch").GetInt32());
}
