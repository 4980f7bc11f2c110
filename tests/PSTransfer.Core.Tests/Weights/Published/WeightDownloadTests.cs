using PSTransfer.Core.Weights.Published;
using static PSTransfer.Core.Tests.Weights.Published.LoopbackServer;

namespace PSTransfer.Core.Tests.Weights.Published;

public sealed class WeightDownloadTests : IDisposable
{
    private const int Half = 50_000;

    private readonly CacheFixture _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void DownloadsAndReportsProgress()
    {
        using var server = new LoopbackServer(LoopbackServer.File(_cache.Content));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal("GET /models/weights-test.pth HTTP/1.1", Assert.Single(server.Requests).Line);
        Assert.Null(server.Requests[0]["Range"]);
        Assert.Equal(0, _cache.Reported[0]);
        Assert.Equal(_cache.Content.Length, _cache.Reported[^1]);
        Assert.Equal(_cache.Reported.Order(), _cache.Reported);
        Assert.Empty(_cache.Waited);
    }

    [Fact]
    public void ResumesWhatWasCutOff()
    {
        using var server = new LoopbackServer(
            LoopbackServer.File(_cache.Content, cut: Half),
            LoopbackServer.File(_cache.Content, cut: Half + 7),
            LoopbackServer.File(_cache.Content));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal([null, "bytes=50000-", "bytes=50007-"], server.Requests.Select(request => request["Range"]));
        Assert.Equal([null, "\"one\"", "\"one\""], server.Requests.Select(request => request["If-Range"]));
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)], _cache.Waited);
    }

    [Fact]
    public void StartsAgainWhereTheServerKnowsNoRanges()
    {
        using var server = new LoopbackServer(
            LoopbackServer.File(_cache.Content, ranges: false, cut: Half), LoopbackServer.File(_cache.Content, ranges: false));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal([null, "bytes=50000-"], server.Requests.Select(request => request["Range"]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("W/\"one\"")]
    public void AsksForAllAgainWithoutAStrongEntityTag(string? tag)
    {
        using var server = new LoopbackServer(
            LoopbackServer.File(_cache.Content, tag, cut: Half), LoopbackServer.File(_cache.Content, tag));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal([null, null], server.Requests.Select(request => request["Range"]));
    }

    [Fact]
    public void StartsAgainWhenTheServersFileHasChanged()
    {
        var old = new byte[_cache.Content.Length];
        using var server = new LoopbackServer(
            LoopbackServer.File(old, "\"old\"", cut: Half), LoopbackServer.File(_cache.Content, "\"new\""));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal("\"old\"", server.Requests[1]["If-Range"]);
    }

    [Fact]
    public void StartsAgainWhenThePartsDoNotGoTogether()
    {
        var old = new byte[_cache.Content.Length];
        using var server = new LoopbackServer(LoopbackServer.File(old, cut: Half), LoopbackServer.File(_cache.Content));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal([null, "bytes=50000-", null], server.Requests.Select(request => request["Range"]));
    }

    [Fact]
    public void StartsAgainWhenAnotherPartComes()
    {
        using var server = new LoopbackServer(
            LoopbackServer.File(_cache.Content, cut: Half),
            (_, client) => Write(client, "206 Partial Content", "Content-Length: 1", "Content-Range: bytes 99999-99999/100000"),
            LoopbackServer.File(_cache.Content));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal([null, "bytes=50000-", null], server.Requests.Select(request => request["Range"]));
    }

    [Fact]
    public void TakesWhatIsCompleteWhenNothingIsLeftToSend()
    {
        using var part = PartFile.TryOpen(_cache.Target)!;
        part.StartOver("\"one\"");
        part.Append(_cache.Content, _cache.Content.Length);
        part.Dispose();
        using var server = new LoopbackServer(Status("416 Range Not Satisfiable", "Content-Range: bytes */100000"));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal("bytes=100000-", Assert.Single(server.Requests)["Range"]);
    }

    /// <summary>A mirror's user and password are sent to the mirror alone and shown nowhere.</summary>
    [Fact]
    public void AMirrorsSecretIsSentAndNeverShown()
    {
        using var server = new LoopbackServer(Status("403 Forbidden"));
        var mirror = new UriBuilder(server.Address) { UserName = "user", Password = "qu%40ux" }.Uri.ToString();

        var error = Assert.Throws<PSTransferException>(() =>
            _cache.Fetch(_cache.At(new Uri("https://publisher.example/")), mirror: mirror));

        Assert.Equal($"Basic {Convert.ToBase64String("user:qu@ux"u8)}", Assert.Single(server.Requests)["Authorization"]);
        Assert.Contains("403 Forbidden", error.Message, StringComparison.Ordinal);
        Assert.Contains("//***@127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ux@", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What another user put there in the cache's place: its target keeps its bytes.</summary>
    [Theory]
    [InlineData(".part", true)]
    [InlineData(".part", false)]
    [InlineData(".part.etag", true)]
    public void APlantedLinkIsNotFollowed(string name, bool there)
    {
        Directory.CreateDirectory(_cache.Folder);
        var victim = Path.Combine(Path.GetDirectoryName(_cache.Folder)!, "victim");
        if (there)
        {
            System.IO.File.WriteAllText(victim, "precious");
        }

        SymbolicLink.ToFile(_cache.Target + name, victim);
        using var server = new LoopbackServer(LoopbackServer.File(_cache.Content));

        var error = Assert.Throws<PSTransferException>(() => _cache.Fetch(server));

        Assert.Equal(FaultKind.WriteFailed, error.Kind);
        Assert.StartsWith(
            $"{_cache.Target}{name}: expected a file of a download or none, found a link to {victim}",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal(there ? "precious" : null, System.IO.File.Exists(victim) ? System.IO.File.ReadAllText(victim) : null);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void RefusesAWrongHashAndKeepsNothing()
    {
        var wrong = new byte[_cache.Content.Length];
        using var server = new LoopbackServer(LoopbackServer.File(wrong));

        var error = _cache.Fails(server);

        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.Contains(
            "its hash is 9192c25b734fcbadbe32dadc28089c60db0e39f90cc20ce2e5733f57261acc0c", error.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
        Assert.Empty(Directory.GetFiles(_cache.Folder));
    }

    [Fact]
    public void NamesWhatCameInstead()
    {
        var page = new byte[_cache.Content.Length];
        "<!DOCTYPE html>"u8.CopyTo(page);
        using var server = new LoopbackServer(LoopbackServer.File(page));

        Assert.Contains("a web page", _cache.Fails(server).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100_001)]
    [InlineData(99_999)]
    public void RefusesAnotherLengthBeforeItComes(int length)
    {
        using var server = new LoopbackServer(LoopbackServer.File(new byte[length]));

        var error = _cache.Fails(server);

        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.Contains("announces", error.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void CutsOffAServerThatSendsTooMuch()
    {
        using var server = new LoopbackServer((_, client) =>
        {
            Write(client, "200 OK");
            while (true)
            {
                client.Write(_cache.Content); // until the client has enough
            }
        });

        var error = _cache.Fails(server);

        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.Contains("more bytes", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_cache.Folder));
    }

    [Fact]
    public void TakesAFileWhoseLengthIsNotAnnounced()
    {
        using var server = new LoopbackServer(
            LoopbackServer.File(_cache.Content, announce: false, cut: Half), LoopbackServer.File(_cache.Content, announce: false));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal("bytes=50000-", server.Requests[1]["Range"]);
    }

    [Fact]
    public void ResumesAfterAStall()
    {
        using var server = new LoopbackServer(
            LoopbackServer.File(_cache.Content, cut: Half, stall: true), LoopbackServer.File(_cache.Content));
        var stalls = 1;
        _cache.Clock.Rings = () => _cache.Reported.LastOrDefault() == Half && stalls-- > 0;

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal([null, "bytes=50000-"], server.Requests.Select(request => request["Range"]));
    }

    [Fact]
    public void GivesUpAServerThatNeverAnswers()
    {
        using var server = new LoopbackServer((_, client) => client.ReadByte());
        _cache.Clock.Rings = () => true;

        var error = _cache.Fails(server);

        Assert.Equal(FaultKind.NotAvailable, error.Kind);
        Assert.Contains("nothing for 60 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, _cache.Waited.Count);
    }

    [Theory]
    [InlineData("500 Internal Server Error")]
    [InlineData("503 Service Unavailable")]
    [InlineData("429 Too Many Requests")]
    public void TriesAgainAfterWhatMayPass(string status)
    {
        using var server = new LoopbackServer(Status(status), Status(status), LoopbackServer.File(_cache.Content));

        _cache.AssertWhole(_cache.Fetch(server));

        Assert.Equal(3, server.Requests.Count);
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)], _cache.Waited);
    }

    [Fact]
    public void GivesUpAServerThatStaysBroken()
    {
        using var server = new LoopbackServer(Status("502 Bad Gateway"));

        var error = _cache.Fails(server);

        Assert.Equal(FaultKind.NotAvailable, error.Kind);
        Assert.Contains("502 Bad Gateway", error.Message, StringComparison.Ordinal);
        Assert.Contains("(tried 5 times)", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 4, 8], _cache.Waited.Select(wait => wait.TotalSeconds));
        Assert.Equal(5, server.Requests.Count);
    }

    [Theory]
    [InlineData("404 Not Found")]
    [InlineData("403 Forbidden")]
    [InlineData("204 No Content")]
    public void TakesOtherAnswersAtTheirWord(string status)
    {
        using var server = new LoopbackServer(Status(status));

        var error = _cache.Fails(server);

        Assert.Equal(FaultKind.NotAvailable, error.Kind);
        Assert.Contains(status, error.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
        Assert.Empty(Directory.GetFiles(_cache.Folder));
    }

    [Fact]
    public void SaysWhenThereIsNoWayToTheServer()
    {
        var closed = new LoopbackServer();
        closed.Dispose();

        var error = _cache.Fails(closed);

        Assert.Equal(FaultKind.NotAvailable, error.Kind);
        Assert.Contains("no way to the server", error.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.Waited);
        Assert.Empty(Directory.GetFiles(_cache.Folder));
    }

    [Theory]
    [InlineData("301 Moved Permanently")]
    [InlineData("302 Found")]
    [InlineData("303 See Other")]
    [InlineData("307 Temporary Redirect")]
    [InlineData("308 Permanent Redirect")]
    public void FollowsRedirects(string status)
    {
        using var there = new LoopbackServer(LoopbackServer.File(_cache.Content));
        using var here = new LoopbackServer(Status(status, "Location: /elsewhere"), Status(status, $"Location: {there.Address}at-last"));

        _cache.AssertWhole(_cache.Fetch(here));

        Assert.Equal("GET /elsewhere HTTP/1.1", here.Requests[1].Line);
        Assert.Equal("GET /at-last HTTP/1.1", Assert.Single(there.Requests).Line);
    }

    [Theory]
    [InlineData("http://weights.invalid/a.pth")]
    [InlineData("ftp://weights.invalid/a.pth")]
    [InlineData("file:///weights/a.pth")]
    public void RefusesRedirectsThatAreNotSafe(string location)
    {
        using var server = new LoopbackServer(Status("302 Found", $"Location: {location}"));

        var error = _cache.Fails(server);

        Assert.Equal(FaultKind.NotAvailable, error.Kind);
        Assert.Contains($"{location}, which is not https", error.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void LeavesACircleOfRedirects()
    {
        using var server = new LoopbackServer(Status("302 Found", "Location: /models/weights-test.pth"));

        Assert.Contains("more than 5 times", _cache.Fails(server).Message, StringComparison.Ordinal);
        Assert.Equal(6, server.Requests.Count);
    }

    [Fact]
    public void RefusesAnAddressThatIsNotSafe() =>
        Assert.Contains("not https", _cache.Fails(_cache.At(new Uri("http://weights.invalid/"))).Message, StringComparison.Ordinal);

    [Fact]
    public void ACancelledDownloadIsResumedLater()
    {
        using var server = new LoopbackServer(
            LoopbackServer.File(_cache.Content, cut: Half, stall: true), LoopbackServer.File(_cache.Content));
        using var stop = new CancellationTokenSource();
        var cache = new WeightCache(_cache.Folder, mirror: null, _cache.Patience);

        Assert.ThrowsAny<OperationCanceledException>(() => cache.Fetch(
            _cache.At(server.Address),
            (done, _) =>
            {
                if (done == Half)
                {
                    stop.Cancel();
                }
            },
            stop.Token));
        Assert.Equal(Half, new FileInfo(_cache.Part).Length);
        Assert.False(System.IO.File.Exists(_cache.Target));

        _cache.AssertWhole(_cache.Fetch(server));
        Assert.Equal("bytes=50000-", server.Requests[1]["Range"]);
    }

    [Fact]
    public void AsksTheMirror()
    {
        using var server = new LoopbackServer(LoopbackServer.File(_cache.Content));

        _cache.AssertWhole(_cache.Fetch(_cache.At(new Uri("https://weights.invalid/")), mirror: $"{server.Address}mirror/"));

        Assert.Equal("GET /mirror/models/weights-test.pth HTTP/1.1", Assert.Single(server.Requests).Line);
    }
}
