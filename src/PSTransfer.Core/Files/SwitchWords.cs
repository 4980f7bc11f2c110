namespace PSTransfer.Core.Files;

/// <summary>Words that switch something on or off elsewhere. As a path they are a mistake, unless written like ./off.</summary>
internal static class SwitchWords
{
    private static readonly string[] _all = ["true", "false", "on", "off", "yes", "no", "none"];

    /// <summary>Whether a text is one of these words, ignoring case.</summary>
    public static bool Has(string text) => _all.Contains(text, StringComparer.OrdinalIgnoreCase);
}
