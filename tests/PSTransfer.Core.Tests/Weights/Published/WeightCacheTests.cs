using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Core.Tests.Weights.Published;

public sealed class WeightCacheTests : IDisposable
{
    private static readonly Uri Nowhere = new("https://weights.invalid/");

    private readonly CacheFixture _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void WhatIsThereNeedsNoNetwork()
    {
        using var server = new LoopbackServer(LoopbackServer.File(_cache.Content));
        _cache.Fetch(server);

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Single(server.Requests);
    }

    [Fact]
    public void TakesAFileThatWasPutThereByHand()
    {
        Put(_cache.Content);

        _cache.AssertWhole(_cache.Fetch(_cache.At(Nowhere)));
    }

    [Fact]
    public void ChecksTheMd5OfKeras()
    {
        // of 100,000 zeros: head -c 100000 /dev/zero | md5sum
        var weights = _cache.At(Nowhere) with { Hash = new PublishedHash(PublishedHashKind.Md5, "0019d23bef56a136a1891211d7007f6f") };
        Put(new byte[_cache.Content.Length]);
        Assert.Equal(_cache.Target, _cache.Fetch(weights));

        Put(_cache.Content);
        Assert.Contains("MD5", Assert.Throws<PSTransferException>(() => _cache.Fetch(weights)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ChecksLengthAndFormatWhereNoHashIsPublished()
    {
        var weights = _cache.At(Nowhere) with { Hash = null };
        Put(_cache.Content);
        Assert.Contains(
            "not an HDF5 file", Assert.Throws<PSTransferException>(() => _cache.Fetch(weights)).Message, StringComparison.Ordinal);

        "\u0089HDF\r\n\u001a\n".Select(character => (byte)character).ToArray().CopyTo(_cache.Content, 0);
        Put(_cache.Content);
        _cache.AssertWhole(_cache.Fetch(weights));

        Put(_cache.Content[..^1]);
        Assert.Contains(
            "it has 99,999 bytes", Assert.Throws<PSTransferException>(() => _cache.Fetch(weights)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesAWrongFileThatWasPutThereAndLeavesIt()
    {
        var wrong = new byte[_cache.Content.Length];
        Put(wrong);

        var error = Assert.Throws<PSTransferException>(() => _cache.Fetch(_cache.At(Nowhere)));

        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith(
            $"{_cache.Target}: this is not the file that was published: its hash is ", error.Message, StringComparison.Ordinal);
        Assert.Contains("https://weights.invalid/models/weights-test.pth", error.Message, StringComparison.Ordinal);
        Assert.Contains($"SHA-256 {_cache.Hash.Hex}..., 100,000 bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(wrong, File.ReadAllBytes(_cache.Target));
    }

    [Fact]
    public void AFolderInItsPlaceIsAnError()
    {
        Directory.CreateDirectory(_cache.Target);

        Assert.Contains(
            "it is a folder", Assert.Throws<PSTransferException>(() => _cache.Fetch(_cache.At(Nowhere))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileInTheFoldersPlaceIsAnError()
    {
        File.WriteAllText(_cache.Folder, "not a folder");

        var error = Assert.Throws<PSTransferException>(() => _cache.Fetch(_cache.At(Nowhere)));

        Assert.Equal(FaultKind.WriteFailed, error.Kind);
        Assert.StartsWith($"{_cache.Target} can't be written: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ForceBringsItAgain()
    {
        using var server = new LoopbackServer(LoopbackServer.File(_cache.Content));
        Put(new byte[3]);

        _cache.AssertWhole(_cache.Fetch(server, force: true));

        Assert.Single(server.Requests);
    }

    [Fact]
    public void ForceKeepsTheOldFileUntilTheNewOneIsThere()
    {
        using var server = new LoopbackServer(LoopbackServer.Status("404 Not Found"));
        Put(_cache.Content);

        Assert.Throws<PSTransferException>(() => _cache.Fetch(server, force: true));

        Assert.Equal(_cache.Content, File.ReadAllBytes(_cache.Target));
    }

    [Fact]
    public void ResumesWhatAnEarlierProcessLeft()
    {
        using (var part = PartFile.TryOpen(_cache.Target)!)
        {
            part.StartOver("\"one\"");
            part.Append(_cache.Content, 12_345);
        }

        using var server = new LoopbackServer(LoopbackServer.File(_cache.Content));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal("bytes=12345-", Assert.Single(server.Requests)["Range"]);
        Assert.Equal(12_345, _cache.Reported[0]);
    }

    [Fact]
    public void WaitsForAnotherProcessAndTakesWhatItBrought()
    {
        using var server = new LoopbackServer();
        using var other = PartFile.TryOpen(_cache.Target)!;
        var waiting = Waiting(() =>
        {
            other.Append(_cache.Content, _cache.Content.Length);
            other.Complete();
            other.Dispose();
        });

        Assert.Equal(_cache.Target, waiting.Fetch(_cache.At(server.Address), progress: null, TestContext.Current.CancellationToken));

        Assert.Empty(server.Requests);
        Assert.Equal(_cache.Content, File.ReadAllBytes(_cache.Target));
    }

    [Fact]
    public void GoesOnWhereAnotherProcessWasEnded()
    {
        using var server = new LoopbackServer(LoopbackServer.File(_cache.Content));
        using var other = PartFile.TryOpen(_cache.Target)!;
        other.StartOver("\"one\"");
        var waiting = Waiting(() =>
        {
            other.Append(_cache.Content, 10);
            other.Dispose();
        });

        _cache.AssertWhole(waiting.Fetch(_cache.At(server.Address), progress: null, TestContext.Current.CancellationToken));

        Assert.Equal("bytes=10-", Assert.Single(server.Requests)["Range"]);
    }

    [Fact]
    public void GivesUpAProcessThatHangs()
    {
        using var other = PartFile.TryOpen(_cache.Target)!;

        var error = _cache.Fails(_cache.At(Nowhere));

        Assert.Equal(FaultKind.NotAvailable, error.Kind);
        Assert.Contains("another process", error.Message, StringComparison.Ordinal);
        Assert.Contains(_cache.Part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryoneGetsTheFileWhenManyFetchAtOnce()
    {
        using var server = new LoopbackServer(LoopbackServer.File(_cache.Content));
        var patience = new DownloadPatience { Look = TimeSpan.FromMilliseconds(1), Looks = int.MaxValue };

        Parallel.For(
            0,
            8,
            _ =>
                Assert.Equal(
                    _cache.Target,
                    new WeightCache(_cache.Folder, mirror: null, patience).Fetch(
                        _cache.At(server.Address), progress: null, TestContext.Current.CancellationToken)));

        Assert.Single(server.Requests);
        _cache.AssertWhole(_cache.Target);
    }

    private void Put(byte[] content)
    {
        Directory.CreateDirectory(_cache.Folder);
        File.WriteAllBytes(_cache.Target, content);
    }

    /// <summary>A cache that lets something happen at its second look.</summary>
    private WeightCache Waiting(Action atSecondLook)
    {
        var looks = 0;
        return new WeightCache(_cache.Folder, mirror: null, _cache.Patience with
        {
            Wait = (_, _) =>
            {
                if (++looks == 2)
                {
                    atSecondLook();
                }
            },
        });
    }
}
