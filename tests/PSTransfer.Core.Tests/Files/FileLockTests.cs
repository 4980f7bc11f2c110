namespace PSTransfer.Core.Tests.Files;

public sealed class FileLockTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("run [1].jsonl");

    private string LockPath => Path + ".lock";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OneAtATimeHasIt()
    {
        using (Take())
        {
            var error = Assert.Throws<PSTransferException>(Take);
            Assert.Equal(FaultKind.InUse, error.Kind);
            Assert.Matches($@"^held by this process {Environment.ProcessId} on .+, since \d{{4}}-", error.Message);
        }

        Take().Dispose();
        Assert.Empty(_folder.Names());
    }

    [Fact]
    public void TheFileItselfCanBeReadAndWrittenMeanwhile()
    {
        using var held = Take();
        File.WriteAllText(Path, "x");
        Assert.Equal("x", File.ReadAllText(Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("PSTransfer lock\nprocess 1 on elsewhere, since 2020-01-01 00:00:00Z\nabc\n")]
    [InlineData("PSTransfer lock\n")]
    public void WhatAKilledProcessLeftDoesntBlock(string left)
    {
        File.WriteAllText(LockPath, left);
        Take().Dispose();
        Assert.Empty(_folder.Names());
    }

    [Fact]
    public void AnotherFileOfThatNameIsRefusedAndKept()
    {
        File.WriteAllText(LockPath, "mine");
        var error = Assert.Throws<PSTransferException>(Take);
        Assert.Equal(FaultKind.AlreadyExists, error.Kind);
        Assert.StartsWith(LockPath, error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(LockPath));
    }

    [Fact]
    public void AFolderOrALinkOfThatNameIsRefused()
    {
        Directory.CreateDirectory(LockPath);
        Assert.Equal(FaultKind.AlreadyExists, Assert.Throws<PSTransferException>(Take).Kind);
        Directory.Delete(LockPath);

        SymbolicLink.ToFile(LockPath, _folder.File("elsewhere"));
        Assert.Equal(FaultKind.AlreadyExists, Assert.Throws<PSTransferException>(Take).Kind);
        Assert.False(File.Exists(_folder.File("elsewhere")));
    }

    [Fact]
    public void ALinkHasTheLockOfItsTarget()
    {
        File.WriteAllText(Path, string.Empty);
        SymbolicLink.ToFile(_folder.File("link"), Path);
        using var held = FileLock.Take(_folder.File("link"), holder => holder);
        Assert.Throws<PSTransferException>(Take);
    }

    [Fact]
    public void WithoutRoomForTheLocksNameTheRunGoesOnAndSaysSo()
    {
        using var held = FileLock.Take(_folder.File(new string('n', 253)), holder => holder);
        Assert.Contains("too long", held.Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public void ALockThatHoldsIsNotDoubted()
    {
        using var held = Take();
        Assert.Null(held.Doubt);
    }

    [Fact]
    public async Task OfManyThatTryAtOnceOneHasItAtATime()
    {
        var (inside, most, taken) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var done = 0; done < 50;)
            {
                try
                {
                    using var held = Take();
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    Interlocked.Increment(ref taken);
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                    done++;
                }
                catch (PSTransferException fault) when (fault.Kind == FaultKind.InUse)
                {
                    Thread.Yield();
                }
            }
        })));
        Assert.Equal((1, 400), (most, taken));
        Assert.Empty(_folder.Names());
    }

    private FileLock Take() => FileLock.Take(Path, holder => $"held by {holder}");
}
