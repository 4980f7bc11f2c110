namespace PSTransfer.Core.Tests.Downloads;

public sealed class MirrorTests
{
    private static readonly Uri Publisher = new("https://download.example/models/a-12345678.pth");

    [Theory]
    [InlineData(null, "https://download.example/models/a-12345678.pth")]
    [InlineData(" ", "https://download.example/models/a-12345678.pth")]
    [InlineData("https://mirror.example", "https://mirror.example/models/a-12345678.pth")]
    [InlineData("https://mirror.example:8443/", "https://mirror.example:8443/models/a-12345678.pth")]
    [InlineData("https://mirror.example/of/weights/", "https://mirror.example/of/weights/models/a-12345678.pth")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/models/a-12345678.pth")]
    [InlineData("http://localhost/weights", "http://localhost/weights/models/a-12345678.pth")]
    [InlineData("http://[::1]/weights", "http://[::1]/weights/models/a-12345678.pth")]
    public void TakesThePlaceOfThePublishersHost(string? mirror, string expected) =>
        Assert.Equal(expected, Mirror.Apply(Publisher, mirror).ToString());

    [Theory]
    [InlineData("http://mirror.example")]
    [InlineData("http://127.0.0.1.mirror.example")]
    [InlineData("ftp://mirror.example")]
    [InlineData("file:///srv/weights")]
    [InlineData("mirror.example")]
    [InlineData("/srv/weights")]
    [InlineData("https://mirror.example/?token=1")]
    [InlineData("https://mirror.example/#weights")]
    public void RefusesWhatIsNotSafe(string mirror)
    {
        var error = Assert.Throws<PSTransferException>(() => Mirror.Apply(Publisher, mirror));

        Assert.Equal(FaultKind.InvalidArgument, error.Kind);
        Assert.StartsWith(
            $"{mirror.Replace("token=1", "***", StringComparison.Ordinal)}: the variable PSTRANSFER_MIRROR ",
            error.Message,
            StringComparison.Ordinal);
    }

    /// <summary>Neither user nor password nor a token is ever shown.</summary>
    [Theory]
    [InlineData("http://user:secret@mirror.example/a", "http://***@mirror.example/a: the variable")]
    [InlineData("http://user:se@cret@mirror.example", "http://***@mirror.example: the variable")]
    [InlineData("user:secret@mirror.example", "***@mirror.example: the variable")]
    [InlineData("https://mirror.example/a?sig=secret", "https://mirror.example/a?***: the variable")]
    public void SecretsAreMasked(string mirror, string shown)
    {
        var error = Assert.Throws<PSTransferException>(() => Mirror.Apply(Publisher, mirror));

        Assert.StartsWith(shown, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }
}
