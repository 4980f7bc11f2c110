using OxyPlot;

namespace PSTransfer.Core.Reports.Charts;

/// <summary>
/// Measures text in pixels by the library's tables of Arial's letters, so that no font is needed. Widths allow for wider faces: the browser
/// chooses the face, and some systems have nothing narrower than DejaVu Sans or Verdana.
/// </summary>
internal sealed class TextMeasure(double width, double height) : PdfRenderContext(width, height, OxyColors.White)
{
    private const double PixelsPerPoint = 96.0 / 72;
    private const double Widest = 1.15;

    /// <inheritdoc/>
    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
    {
        var size = base.MeasureText(text, "Arial", fontSize, fontWeight);
        return new OxySize(size.Width * PixelsPerPoint * Widest, size.Height * PixelsPerPoint);
    }
}
