using System.Text.RegularExpressions;

namespace PSTransfer.Core.Downloads;

/// <summary>Masks the secrets that addresses may hold: user and password before the host, and everything after a question mark.</summary>
internal static partial class Secrets
{
    private const string Mask = "***";

    /// <summary>Masks the secrets of all addresses in a message, so that it can be shown.</summary>
    public static string Masked(string message) => Query().Replace(User().Replace(message, $"{Mask}@"), $"?{Mask}");

    /// <summary>Masks the secrets in a user's input, which need not be a valid address.</summary>
    public static string MaskedAddress(string given) => Query().Replace(UserOfAnything().Replace(given, $"$1{Mask}@"), $"?{Mask}");

    // A password may itself contain @, so the last @ before the path ends it.
    [GeneratedRegex(@"(?<=://)[^/\s'""]*@")]
    private static partial Regex User();

    [GeneratedRegex(@"^([A-Za-z][A-Za-z0-9+.-]*://)?.*@")]
    private static partial Regex UserOfAnything();

    [GeneratedRegex(@"(?<=://[^\s?'""]*)\?[^\s'""]+")]
    private static partial Regex Query();
}
