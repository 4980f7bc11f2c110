using OxyPlot;

namespace PSTransfer.Core.Reports.Charts;

/// <summary>The colours of charts. The page's CSS has a variable for each name, with another value in dark mode.</summary>
internal static class Palette
{
    /// <summary>The colour of text and axes.</summary>
    public static Colour Ink { get; } = new("ink", "#1c2430");

    /// <summary>The colour of the lines behind the data.</summary>
    public static Colour Grid { get; } = new("grid", "#e2e6ec");

    /// <summary>The colours of data, chosen so that people who confuse red and green can tell them apart.</summary>
    public static IReadOnlyList<Colour> Series { get; } =
    [
        new("series-1", "#2b6cb0"),
        new("series-2", "#c05621"),
        new("series-3", "#2c7a6b"),
        new("series-4", "#805ad5"),
        new("series-5", "#97751a"),
        new("series-6", "#b83280"),
    ];

    /// <summary>All colours of the palette.</summary>
    public static IEnumerable<Colour> All => [Ink, Grid, .. Series];

    /// <summary>A colour of the palette.</summary>
    /// <param name="Name">The name of the CSS variable.</param>
    /// <param name="Light">The colour's value on white.</param>
    internal sealed record Colour(string Name, string Light)
    {
        /// <summary>The colour in the library's type.</summary>
        public OxyColor Plotted => OxyColor.Parse(Light);

        /// <summary>The colour in the form that the library writes into SVG.</summary>
        public string Written => $"rgb({Plotted.R},{Plotted.G},{Plotted.B})";
    }
}
