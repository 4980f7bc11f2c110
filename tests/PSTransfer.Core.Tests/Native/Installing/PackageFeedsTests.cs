using PSTransfer.Core.Tests.Weights.Published;

namespace PSTransfer.Core.Tests.Native.Installing;

/// <summary>Feeds on a web server of this machine, as nuget.config names them.</summary>
public sealed class PackageFeedsTests : IDisposable
{
    private readonly InstallFixture _it = new();
    private readonly List<LoopbackServer> _servers = [];

    public void Dispose()
    {
        _servers.ForEach(server => server.Dispose());
        _it.Dispose();
    }

    [Fact]
    public void AFeedOnTheWebWillDo()
    {
        _it.Configure(Serve(LoopbackServer.File(_it.Bytes)));

        _it.AssertWhole(_it.Install());
    }

    [Fact]
    public void WhatWasCutOffIsResumed()
    {
        var asked = new List<string?>();
        var served = 0;
        _it.Configure(Serve((request, client) =>
        {
            asked.Add(request["Range"]);
            LoopbackServer.File(_it.Bytes, cut: served++ == 0 ? 60_000 : null)(request, client);
        }));

        _it.AssertWhole(_it.Install());

        Assert.Equal([null, "bytes=60000-"], asked);
    }

    [Fact]
    public void WhatWasStoppedIsResumedByTheNext()
    {
        var asked = new List<string?>();
        _it.Configure(Serve((request, client) =>
        {
            asked.Add(request["Range"]);
            LoopbackServer.File(_it.Bytes, cut: asked.Count <= 2 ? 60_000 : null)(request, client);
        }));

        Assert.Contains("the connection was cut off at 60,000 bytes", _it.Fails(FaultKind.NotAvailable).Message, StringComparison.Ordinal);
        _it.AssertWhole(_it.Install());

        Assert.Equal("bytes=60000-", asked[^1]);
    }

    [Fact]
    public void WithoutAnEntityTagTheHashTellsWhetherThePartsFit()
    {
        var asked = new List<string?>();
        _it.Configure(Serve((request, client) =>
        {
            asked.Add(request["Range"]);
            var from = request["Range"] is null ? 0 : 60_000;
            LoopbackServer.Write(
                client,
                from > 0 ? "206 Partial Content" : "200 OK",
                $"Content-Length: {_it.Bytes.Length - from}",
                $"Content-Range: bytes {from}-{_it.Bytes.Length - 1}/{_it.Bytes.Length}");
            client.Write(_it.Bytes.AsSpan(from..(from > 0 ? _it.Bytes.Length : 60_000)));
        }));

        _it.AssertWhole(_it.Install());

        Assert.Equal([null, "bytes=60000-"], asked);
    }

    [Fact]
    public void PartsThatDontFitAreFetchedAnew()
    {
        var asked = new List<string?>();
        _it.Configure(Serve((request, client) =>
        {
            asked.Add(request["Range"]);
            LoopbackServer.File(_it.Bytes, tag: null)(request, client);
        }));
        Directory.CreateDirectory(_it.Store);
        File.WriteAllBytes(Path.Combine(_it.Store, _it.Package.FileName + ".part"), new byte[60_000]);

        _it.AssertWhole(_it.Install());

        Assert.Equal(["bytes=60000-"], asked); // a server without ranges sends all of it
    }

    [Fact]
    public void CredentialsOfTheConfigurationAreSent()
    {
        string? sent = null;
        var address = Serve(
            (request, client) =>
            {
                sent = request["Authorization"];
                LoopbackServer.File(_it.Bytes)(request, client);
            },
            "Basic " + Convert.ToBase64String("me:secret"u8));
        _it.Configure(address);
        var file = Path.Combine(_it.Folder, "nuget.config");
        File.WriteAllText(file, File.ReadAllText(file).Replace(
            "</configuration>",
            "<packageSourceCredentials><feed0><add key=\"Username\" value=\"me\" /><add key=\"ClearTextPassword\" value=\"secret\" "
            + "/></feed0></packageSourceCredentials></configuration>",
            StringComparison.Ordinal));

        _it.AssertWhole(_it.Install());

        Assert.Equal("Basic " + Convert.ToBase64String("me:secret"u8), sent);
    }

    [Fact]
    public void AnotherPackageIsRefusedAndNotKept()
    {
        var other = (byte[])_it.Bytes.Clone();
        other[^1] ^= 1;
        var address = Serve(LoopbackServer.File(other));
        _it.Configure(address);

        var error = _it.Fails(FaultKind.InvalidData);

        Assert.StartsWith(
            $"feed0 ({address}): the downloaded file is not the package {_it.Package.Id} 2.10.0 that PSTransfer was made for: its "
            + "SHA-512 is ",
            error.Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_it.Store));
    }

    [Fact]
    public void FeedsThatCantBeAskedAndFeedsWithoutItAreNamed()
    {
        var empty = Serve(null);
        _it.Configure("http://127.0.0.1:1/v3/index.json", empty, Path.Combine(_it.Folder, "nowhere"), "http://example.invalid/index.json");

        var message = _it.Fails(FaultKind.NotAvailable).Message;

        Assert.StartsWith(
            $"The package {_it.Package.Id} 2.10.0 can't be obtained: feed0 (http://127.0.0.1:1/v3/index.json) can't be asked: ",
            message,
            StringComparison.Ordinal);
        Assert.Contains($"feed1 ({empty}) doesn't have it", message, StringComparison.Ordinal);
        Assert.Contains(
            $"feed2 ({Path.Combine(_it.Folder, "nowhere")}) can't be asked: the folder {Path.Combine(_it.Folder, "nowhere")} doesn't exist",
            message,
            StringComparison.Ordinal);
        Assert.Contains("feed3 (http://example.invalid/index.json) can't be asked: it is not https://", message, StringComparison.Ordinal);
        Assert.Contains($"{Path.Combine(_it.Folder, "nuget.config")}", message, StringComparison.Ordinal);
        Assert.EndsWith("Install-LibTorch -Path.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutFeedsThatIsSaid()
    {
        _it.Configure();

        Assert.Contains(
            "can't be obtained: no feed is configured for it", _it.Fails(FaultKind.NotAvailable).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASourceMappingIsFollowed()
    {
        _it.Publish();
        _it.Configure(_it.Feed);
        var file = Path.Combine(_it.Folder, "nuget.config");
        File.WriteAllText(
            file,
            File.ReadAllText(file)
                .Replace(
                    "<packageSourceMapping><clear/>",
                    "<packageSourceMapping><clear/><packageSource key=\"feed0\"><package pattern=\"Other.*\" /></packageSource>",
                    StringComparison.Ordinal));

        Assert.Contains("no feed is configured for it", _it.Fails(FaultKind.NotAvailable).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ABrokenConfigurationIsNamed()
    {
        var file = Path.Combine(_it.Folder, "nuget.config");
        File.WriteAllText(file, "<configuration>");

        Assert.Contains(file, _it.Fails(FaultKind.InvalidData).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SecretsOfAnAddressAreMasked()
    {
        _it.Configure("http://me:secret@127.0.0.1:1/index.json");

        Assert.DoesNotContain("secret", _it.Fails(FaultKind.NotAvailable).Message, StringComparison.Ordinal);
    }

    /// <summary>A feed of version 3 of NuGet's protocol, with the package or without any.</summary>
    private string Serve(LoopbackServer.Answer? package, string? authorization = null)
    {
        Uri? address = null;
        var server = new LoopbackServer((request, client) =>
        {
            var path = request.Line.Split(' ')[1];
            if (authorization is not null && request["Authorization"] != authorization)
            {
                LoopbackServer.Status("401 Unauthorized", "WWW-Authenticate: Basic realm=\"feed\"")(request, client);
            }
            else if (path == "/index.json")
            {
                Json(
                    $$"""{"version":"3.0.0","resources":[{"@id":"{{address}}flat/","@type":"PackageBaseAddress/3.0.0"},{"@id":"{{address}}registration/","@type":"RegistrationsBaseUrl/3.6.0"}]}""");
            }
            else if (package is not null && path == $"/registration/{_it.Package.Id}/index.json")
            {
                var url = $"{address}flat/{_it.Package.Id}/{LibTorch.Version}/{_it.Package.FileName}";
                Json(
                    $$$"""{"count":1,"items":[{"@id":"{{{address}}}page","lower":"{{{LibTorch.Version}}}","upper":"{{{LibTorch.Version}}}","count":1,"items":[{"packageContent":"{{{url}}}","catalogEntry":{"id":"{{{_it.Package.Id}}}","version":"{{{LibTorch.Version}}}","listed":true}}]}]}""");
            }
            else if (package is not null && path.StartsWith("/flat/", StringComparison.Ordinal))
            {
                package(request, client);
            }
            else
            {
                LoopbackServer.Status("404 Not Found")(request, client);
            }

            void Json(string text)
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                LoopbackServer.Write(client, "200 OK", "Content-Type: application/json", $"Content-Length: {bytes.Length}");
                client.Write(bytes);
            }
        });
        address = server.Address;
        _servers.Add(server);
        return server.Address + "index.json";
    }
}
