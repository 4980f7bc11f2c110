namespace PSTransfer.Core.Files;

/// <summary>Words that elsewhere switch something on or off. Where a path is asked for they are a mistake, unless they are written as ./off.</summary>
internal static class SwitchWords
{
    private static readonly string[] _all = ["true", "false", "on", "off", "yes", "no", "none"];

    /// <summary>Whether a text is one of them, whatever the case.</summary>
    public static bool Has(string text) => _all.Contains(text, StringComparer.OrdinalIgnoreCase);
}
