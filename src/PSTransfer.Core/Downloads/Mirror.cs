namespace PSTransfer.Core.Downloads;

/// <summary>Fetches from a mirror what publishers have, and from nowhere but safe addresses.</summary>
internal static class Mirror
{
    /// <summary>Names the mirror: scheme, host and, if need be, the start of the path.</summary>
    public const string Variable = "PSTRANSFER_MIRROR";

    /// <summary>The address to ask: the publisher's, or the mirror's with the publisher's path behind it.</summary>
    /// <param name="address">https://download.pytorch.org/models/a.pth</param>
    /// <param name="mirror">https://example.org/weights makes it https://example.org/weights/models/a.pth; null or empty for no mirror.</param>
    /// <exception cref="PSTransferException">The mirror is no address, or not a safe one.</exception>
    public static Uri Apply(Uri address, string? mirror)
    {
        if (string.IsNullOrWhiteSpace(mirror))
        {
            return address;
        }

        return Uri.TryCreate(mirror.TrimEnd('/') + address.AbsolutePath, UriKind.Absolute, out var there) && IsSafe(there) && there.Query.Length + there.Fragment.Length == 0
            ? there
            : throw new PSTransferException(
                FaultKind.InvalidArgument, $"{Secrets.MaskedAddress(mirror)}: the variable {Variable} must hold an address of https:// (host and, if need be, the start of a path); plain http:// is accepted for this machine only.", Variable);
    }

    /// <summary>Whether nobody on the way can change what comes: https, or this machine itself.</summary>
    public static bool IsSafe(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);
}
