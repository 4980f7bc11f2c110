using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace PSTransfer.Core.Reports.Charts;

/// <summary>The style that all charts share.</summary>
internal static class ChartStyle
{
    /// <summary>The size of the text in pixels, at full size.</summary>
    private const double FontSize = 14;

    /// <summary>Makes an empty plot, with a legend below if it has several series.</summary>
    public static PlotModel NewModel(bool legend = true)
    {
        var model = new PlotModel
        {
            DefaultFontSize = FontSize,
            TextColor = Palette.Ink.Plotted,
            PlotAreaBorderThickness = new OxyThickness(0),
            Padding = new OxyThickness(4, 8, 14, 4),
            IsLegendVisible = legend,
            Culture = CultureInfo.InvariantCulture,
        };
        model.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside,
            LegendPosition = LegendPosition.BottomLeft,
            LegendOrientation = LegendOrientation.Horizontal,
            LegendFontSize = FontSize,
            LegendMargin = 0,
            LegendPadding = 4,
            LegendItemSpacing = 16,
        });
        return model;
    }

    /// <summary>Makes an axis of numbers, with lines behind the data.</summary>
    public static LinearAxis Numbers(AxisPosition position, string title) => new()
    {
        Position = position,
        Title = title,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = Palette.Grid.Plotted,
        MinorTickSize = 0,
        MajorTickSize = 0,
        AxisTitleDistance = 6,
        IntervalLength = 70,
        StringFormat = "0.###",
    };

    /// <summary>Makes an axis of whole numbers from 1.</summary>
    public static LinearAxis Ordinals(string title, int last)
    {
        var axis = Numbers(AxisPosition.Bottom, title);
        axis.MajorGridlineStyle = LineStyle.None;
        axis.MinimumMajorStep = 1;
        axis.StringFormat = "0";
        (axis.Minimum, axis.Maximum) = (0.5, Math.Max(last, 1) + 0.5);
        return axis;
    }

    /// <summary>Makes a series of points with a line through them. Numbers that aren't finite leave a gap.</summary>
    public static LineSeries Line(
        string title, Palette.Colour colour, IEnumerable<(double X, double Y)> points, MarkerType marker = MarkerType.Circle)
    {
        var line = new LineSeries
        {
            Title = title,
            Color = colour.Plotted,
            StrokeThickness = 2,
            MarkerType = marker,
            MarkerSize = 3.5,
            MarkerFill = colour.Plotted,
        };
        line.Points.AddRange(points.Select(point => new DataPoint(point.X, double.IsFinite(point.Y) ? point.Y : double.NaN)));
        return line;
    }
}
