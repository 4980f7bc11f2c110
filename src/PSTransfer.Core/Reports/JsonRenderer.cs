using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Reports;

/// <summary>
/// Renders a report's figures as JSON, under the property names of the objects in a pipeline. docs/report.md describes the format.
/// </summary>
internal static class JsonRenderer
{
    /// <summary>How numbers, names and letters are written.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        WriteIndented = true,

        // JSON has no number for NaN and infinity, so they are written as "NaN", "Infinity" and "-Infinity".
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },

        // Letters of all scripts stay readable; characters that HTML could take for markup are escaped.
        Encoder = JavaScriptEncoder.Create(Letters()),
    };

    /// <summary>
    /// The letters that are written as they are. Characters that a terminal or a page would obey are escaped, as in \u202E.
    /// </summary>
    private static TextEncoderSettings Letters()
    {
        var letters = new TextEncoderSettings(UnicodeRanges.All);
        letters.ForbidCharacters(
            [
                .. Enumerable.Range(0, char.MaxValue + 1)
                    .Select(unit => (char)unit)
                    .Where(unit => !char.IsSurrogate(unit) && !Printable.IsPrintable($"{unit}"))]);
        return letters;
    }

    /// <summary>Renders a report as text.</summary>
    /// <param name="report">A record; its properties become the document's.</param>
    public static string Render<T>(T report) => JsonSerializer.Serialize(report, Options) + "\n";
}
