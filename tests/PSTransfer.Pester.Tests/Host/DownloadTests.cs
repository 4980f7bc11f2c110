using PSTransfer.Core.Tests.Weights.Published;

namespace PSTransfer.Pester.Tests.Host;

/// <summary>
/// What a download takes from the environment of its process, which reads it once: hence a process of its own. No address but this
/// machine's is asked.
/// </summary>
public sealed class DownloadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("download-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("https_proxy")]
    [InlineData("all_proxy")]
    public void The_proxy_of_the_environment_is_asked(string variable)
    {
        using var proxy = new LoopbackServer(LoopbackServer.Status("403 Forbidden"));

        var (code, error) = Save(new() { [variable] = proxy.Address.ToString() });

        Assert.Equal(1, code);
        Assert.Equal("CONNECT download.pytorch.org:443 HTTP/1.1", Assert.Single(proxy.Requests).Line);
        Assert.Contains("https://download.pytorch.org/models/resnet18-f37072fd.pth", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mirror_on_this_machine_is_asked_without_the_proxy()
    {
        using var proxy = new LoopbackServer(LoopbackServer.Status("403 Forbidden"));
        using var mirror = new LoopbackServer(LoopbackServer.Status("404 Not Found"));

        var (code, error) = Save(new() { ["http_proxy"] = proxy.Address.ToString(), ["PSTRANSFER_MIRROR"] = $"{mirror.Address}weights" });

        Assert.Equal(1, code);
        Assert.Empty(proxy.Requests);
        Assert.Equal("GET /weights/models/resnet18-f37072fd.pth HTTP/1.1", Assert.Single(mirror.Requests).Line);
        Assert.Contains("404 Not Found", error, StringComparison.Ordinal);
    }

    private (int Code, string Error) Save(Dictionary<string, string> environment)
    {
        foreach (var variable in new[]
        {
            "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PSTRANSFER_MIRROR"
        })
        {
            environment.TryAdd(variable, string.Empty);
        }

        environment["PSTRANSFER_CACHE"] = _folder;
        var (code, _, error) = HostProcess.Run(
            environment, "-Command", $"Import-Module '{Repository.Module}'; Save-BackboneWeight resnet18 -ErrorAction Stop");
        return (code, error);
    }
}
