using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Reports;

/// <summary>A report's figures as JSON, under the names that the objects have in a pipeline. docs/report.md describes it.</summary>
internal static class JsonRenderer
{
    /// <summary>How numbers, names and letters are written.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        WriteIndented = true,

        // JSON has no such numbers: they are written as "NaN", "Infinity" and "-Infinity".
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },

        // Letters of all scripts stay readable; what HTML could take for markup doesn't.
        Encoder = JavaScriptEncoder.Create(Letters()),
    };

    /// <summary>All but what a terminal or a page would obey, which is written as \u202E.</summary>
    private static TextEncoderSettings Letters()
    {
        var letters = new TextEncoderSettings(UnicodeRanges.All);
        letters.ForbidCharacters([.. Enumerable.Range(0, char.MaxValue + 1).Select(unit => (char)unit).Where(unit => !char.IsSurrogate(unit) && !Printable.IsPrintable($"{unit}"))]);
        return letters;
    }

    /// <summary>A report as text.</summary>
    /// <param name="report">A record; its properties become the document's.</param>
    public static string Render<T>(T report) => JsonSerializer.Serialize(report, Options) + "\n";
}
