using OxyPlot;

namespace PSTransfer.Core.Reports.Charts;

/// <summary>The colours of charts. The page's CSS has a variable of each name, with another value in the dark.</summary>
internal static class Palette
{
    /// <summary>Text and axes.</summary>
    public static Colour Ink { get; } = new("ink", "#1c2430");

    /// <summary>Lines behind the data.</summary>
    public static Colour Grid { get; } = new("grid", "#e2e6ec");

    /// <summary>For data, told apart by people who can't tell red from green.</summary>
    public static IReadOnlyList<Colour> Series { get; } =
    [
        new("series-1", "#2b6cb0"),
        new("series-2", "#c05621"),
        new("series-3", "#2c7a6b"),
        new("series-4", "#805ad5"),
        new("series-5", "#97751a"),
        new("series-6", "#b83280"),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<Colour> All => [Ink, Grid, .. Series];

    /// <summary>A colour.</summary>
    /// <param name="Name">Of the CSS variable.</param>
    /// <param name="Light">Its value on white.</param>
    internal sealed record Colour(string Name, string Light)
    {
        /// <summary>As the library takes it.</summary>
        public OxyColor Plotted => OxyColor.Parse(Light);

        /// <summary>As the library writes it into SVG.</summary>
        public string Written => $"rgb({Plotted.R},{Plotted.G},{Plotted.B})";
    }
}
