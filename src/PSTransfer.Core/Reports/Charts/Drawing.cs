using System.Globalization;
using System.Xml.Linq;
using OxyPlot;

namespace PSTransfer.Core.Reports.Charts;

/// <summary>A plot as SVG with real text. No fonts are needed, since the library measures text by its own tables.</summary>
/// <param name="Model">The plot, in the colours of <see cref="Palette"/>.</param>
/// <param name="Height">The height in pixels; <see cref="Width"/> is the same for all plots.</param>
internal sealed record Drawing(PlotModel Model, double Height)
{
    /// <summary>The width in pixels. Two plots fit side by side on a desktop, and text stays readable on a phone.</summary>
    public const double Width = 420;

    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    /// <summary>Draws the plot for a page whose CSS has the palette's variables.</summary>
    /// <param name="name">A name that makes the plot's ids unique in the page.</param>
    /// <param name="description">A description for readers who can't see the plot.</param>
    public string Inline(string name, string description) =>
        Draw(name, description, colour => $"var(--{colour.Name})").ToString(SaveOptions.DisableFormatting);

    /// <summary>Draws the plot for a file of its own: on a white card, readable on light and dark pages.</summary>
    public string Standalone(string name, string description)
    {
        var svg = Draw(name, description, colour => colour.Light);
        svg.SetAttributeValue("width", Number(Width));
        svg.SetAttributeValue("height", Number(Height));
        svg.SetAttributeValue("font-family", "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif");
        svg.Element(_svg + "title")!.AddAfterSelf(new XElement(
            _svg + "rect",
            new XAttribute("width", "100%"),
            new XAttribute("height", "100%"),
            new XAttribute("rx", 8),
            new XAttribute("fill", "#ffffff")));
        return svg.ToString();
    }

    private XElement Draw(string name, string description, Func<Palette.Colour, string> shown)
    {
        var exporter =
            new SvgExporter { Width = Width, Height = Height, IsDocument = false, TextMeasurer = new TextMeasure(Width, Height) };
        var drawn = XElement.Parse(exporter.ExportToString(Model));
        foreach (var attribute in drawn.DescendantsAndSelf().Attributes().ToList())
        {
            switch (attribute.Name.LocalName)
            {
                case "fill" or "stroke":
                    // A CSS variable is allowed in a style attribute only.
                    var style = attribute.Parent!.Attribute("style")?.Value;
                    attribute.Parent.SetAttributeValue(
                        "style", $"{attribute.Name}:{Colour(attribute.Value)}" + (style is null ? string.Empty : $";{style}"));
                    attribute.Remove();
                    break;
                case "style":
                    attribute.Value = string.Join(';', attribute.Value.Split(';').Select(Declaration));
                    break;
                case "id":
                    attribute.Value = $"{name}-{attribute.Value}";
                    break;
                case "clip-path":
                    attribute.Value = attribute.Value.Replace("url(#", $"url(#{name}-", StringComparison.Ordinal);
                    break;
                case "font-family" or "xlink" or "version":
                    attribute.Remove();
                    break;
            }
        }

        return new XElement(
            _svg + "svg",
            new XAttribute("viewBox", $"0 0 {Number(Width)} {Number(Height)}"),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", description),
            new XElement(_svg + "title", description),
            drawn.Elements());

        string Declaration(string declaration) =>
            declaration.Split(':') is [var property, var value] ? $"{property}:{Colour(value)}" : declaration;

        string Colour(string value) => Palette.All.FirstOrDefault(colour => colour.Written == value) is { } known ? shown(known) : value;
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
