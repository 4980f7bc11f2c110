using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using PSTransfer.Core.Files;
using PSTransfer.Core.Reports.Charts;
using PSTransfer.Core.Training;

namespace PSTransfer.Core.Reports;

/// <summary>Draws the loss over the learning rate as an SVG file.</summary>
public static class LearningRateChart
{
    /// <summary>Refuses a target that can't be written, before the sweep begins.</summary>
    /// <exception cref="PSTransferException">The name isn't that of an SVG file, nothing can be written there, or the file exists and may
    /// not be replaced.</exception>
    public static void RequireTarget(string path, bool overwrite)
    {
        AtomicFile.RequireExtension(path, ".svg", "ChartPath");
        AtomicFile.RequireFree(path, overwrite);
        AtomicFile.RequireWritable(path);
    }

    /// <summary>Writes the chart: a dot for each step's loss, a line for the smoothed loss, and the suggestion if there is one.</summary>
    /// <exception cref="PSTransferException">The file can't be written.</exception>
    public static void Write(LearningRateSweep sweep, string path, bool overwrite)
    {
        var found = sweep.Suggestion is { } rate ? string.Create(CultureInfo.InvariantCulture, $"suggested: {rate:0.0e+0}") : "never falls";
        AtomicFile.Write(path, overwrite, Draw(sweep, found).Standalone("rates", $"Loss over the learning rate, {found}"));
    }

    private static Drawing Draw(LearningRateSweep sweep, string found)
    {
        var model = ChartStyle.NewModel();
        model.Axes.Add(new LogarithmicAxis
        {
            Position = AxisPosition.Bottom,
            Title = "learning rate",
            StringFormat = "0e+0",
            MajorTickSize = 0,
            MinorTickSize = 0,
            AxisTitleDistance = 6,
        });
        var values = ChartStyle.Numbers(AxisPosition.Left, "loss");
        // The last losses, on their way to infinity, would squeeze the rest into a flat line.
        var (lowest, highest) = (sweep.Points.Min(point => point.Loss), sweep.Points.Max(point => point.SmoothedLoss));
        (values.Minimum, values.Maximum) = (lowest - (0.05 * (highest - lowest)), highest + (0.05 * (highest - lowest)));
        model.Axes.Add(values);
        var losses =
            new ScatterSeries { Title = "loss", MarkerType = MarkerType.Circle, MarkerSize = 2, MarkerFill = Palette.Series[0].Plotted };
        losses.Points.AddRange(sweep.Points.Select(point => new ScatterPoint(point.LearningRate, point.Loss)));
        model.Series.Add(losses);
        model.Series.Add(
            ChartStyle.Line(
                "smoothed", Palette.Series[1], sweep.Points.Select(point => (point.LearningRate, point.SmoothedLoss)), MarkerType.None));
        model.Series.Add(ChartStyle.Line(
            found,
            Palette.Series[2],
            sweep.Points.Where(point => point.LearningRate == sweep.Suggestion).Select(point => (point.LearningRate, point.SmoothedLoss)),
            MarkerType.Diamond));
        return new Drawing(model, 280);
    }
}
