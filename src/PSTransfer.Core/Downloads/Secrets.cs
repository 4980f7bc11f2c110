using System.Text.RegularExpressions;

namespace PSTransfer.Core.Downloads;

/// <summary>Masks what addresses may hold in confidence: user and password before the host, and what follows a question mark.</summary>
internal static partial class Secrets
{
    private const string Mask = "***";

    /// <summary>A message with addresses in it, fit to be shown.</summary>
    public static string Masked(string message) => Query().Replace(User().Replace(message, $"{Mask}@"), $"?{Mask}");

    /// <summary>What a user gave for an address, which needn't be one.</summary>
    public static string MaskedAddress(string given) => Query().Replace(UserOfAnything().Replace(given, $"$1{Mask}@"), $"?{Mask}");

    // A password may hold @ itself: the last one before the path ends it.
    [GeneratedRegex(@"(?<=://)[^/\s'""]*@")]
    private static partial Regex User();

    [GeneratedRegex(@"^([A-Za-z][A-Za-z0-9+.-]*://)?.*@")]
    private static partial Regex UserOfAnything();

    [GeneratedRegex(@"(?<=://[^\s?'""]*)\?[^\s'""]+")]
    private static partial Regex Query();
}
