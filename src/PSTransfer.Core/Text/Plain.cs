using System.Globalization;

namespace PSTransfer.Core.Text;

/// <summary>Writes numbers and names from files as plain text for a page.</summary>
internal static class Plain
{
    private const int MaxElements = 60;

    /// <summary>Formats an accuracy or a probability.</summary>
    public static string Share(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>Formats a loss or a drift.</summary>
    public static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>Formats a difference of accuracies.</summary>
    public static string Gap(double value) => value.ToString("+0.000;\u22120.000;0.000", CultureInfo.InvariantCulture);

    /// <summary>Formats a difference of losses.</summary>
    public static string LossGap(double value) => value.ToString("+0.0000;\u22120.0000;0.0000", CultureInfo.InvariantCulture);

    /// <summary>Formats a count.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Shows a name of any origin and length. Very long names are cut, but never within a visible character.</summary>
    public static string Name(string text)
    {
        var clean = Text(text);
        var starts = StringInfo.ParseCombiningCharacters(clean);
        return starts.Length <= MaxElements ? clean : clean[..starts[MaxElements]] + "…";
    }

    /// <summary>Shows a text without characters that break the line, the document or the direction of the text around it.</summary>
    public static string Text(string text) => Printable.Line(text);
}
