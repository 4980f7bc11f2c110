using System.Globalization;

namespace PSTransfer.Core.Text;

/// <summary>Names from files and numbers, as plain text for a page.</summary>
internal static class Plain
{
    private const int MaxElements = 60;

    /// <summary>An accuracy, a probability.</summary>
    public static string Share(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>A loss, a drift.</summary>
    public static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>A difference of accuracies.</summary>
    public static string Gap(double value) => value.ToString("+0.000;\u22120.000;0.000", CultureInfo.InvariantCulture);

    /// <summary>A difference of losses.</summary>
    public static string LossGap(double value) => value.ToString("+0.0000;\u22120.0000;0.0000", CultureInfo.InvariantCulture);

    /// <summary>A count.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A name of any origin and length: cut where it is very long, between letters as people see them.</summary>
    public static string Name(string text)
    {
        var clean = Text(text);
        var starts = StringInfo.ParseCombiningCharacters(clean);
        return starts.Length <= MaxElements ? clean : clean[..starts[MaxElements]] + "…";
    }

    /// <summary>A text without what breaks a line, a document or the direction of the text around it.</summary>
    public static string Text(string text) => Printable.Line(text);
}
