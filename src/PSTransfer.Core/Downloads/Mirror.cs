namespace PSTransfer.Core.Downloads;

/// <summary>Sends downloads to a mirror of the publishers, and to safe addresses only.</summary>
internal static class Mirror
{
    /// <summary>The environment variable that names the mirror: scheme, host and, if need be, the start of the path.</summary>
    public const string Variable = "PSTRANSFER_MIRROR";

    /// <summary>Returns the address to download from: the publisher's, or the mirror's followed by the publisher's path.</summary>
    /// <param name="address">The publisher's address, such as https://download.pytorch.org/models/a.pth.</param>
    /// <param name="mirror">The mirror: with https://example.org/weights the result is https://example.org/weights/models/a.pth. Null or
    /// empty for no mirror.</param>
    /// <exception cref="PSTransferException">The mirror isn't an address, or isn't a safe one.</exception>
    public static Uri Apply(Uri address, string? mirror)
    {
        if (string.IsNullOrWhiteSpace(mirror))
        {
            return address;
        }

        return Uri.TryCreate(mirror.TrimEnd('/') + address.AbsolutePath, UriKind.Absolute, out var there)
            && IsSafe(there)
            && there.Query.Length + there.Fragment.Length == 0
            ? there
            : throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{Secrets.MaskedAddress(mirror)}: the variable {Variable} must hold an address of https:// (host and, if need be, "
                + "the start of a path); plain http:// is accepted for this machine only.",
                Variable);
    }

    /// <summary>Whether an address can't be tampered with on the way: https, or this machine itself.</summary>
    public static bool IsSafe(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);
}
