using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using PSTransfer.Core.Diagnosis.Drift;

namespace PSTransfer.Core.Reports.Charts;

/// <summary>Draws figures of BatchNorm layers by depth.</summary>
internal static class DriftCharts
{
    public static Drawing Drift(IReadOnlyList<BatchNormDrift> rows)
    {
        var model = ChartStyle.NewModel(legend: false);
        model.Axes.Add(ChartStyle.Ordinals("BatchNorm layer by depth", rows.Count));
        var values = ChartStyle.Numbers(AxisPosition.Left, "drift (nats)");
        (values.Minimum, values.MaximumPadding, values.MinimumRange) = (0, 0.06, 0.001);
        model.Axes.Add(values);
        foreach (var row in rows)
        {
            // Each bar is a rectangle: the library's bars along a numeric axis have a fixed width in pixels, whatever their number.
            var bar = new RectangleBarSeries { FillColor = Palette.Series[0].Plotted, StrokeThickness = 0 };
            bar.Items.Add(new RectangleBarItem(row.Depth - 0.35, 0, row.Depth + 0.35, double.IsFinite(row.Drift) ? row.Drift : 0));
            model.Series.Add(bar);
        }

        return new Drawing(model, 280);
    }

    /// <param name="rows">Rows with attribution.</param>
    /// <param name="now">The accuracy with nothing swapped.</param>
    public static Drawing Attribution(IReadOnlyList<BatchNormDrift> rows, double now)
    {
        var model = ChartStyle.NewModel();
        model.Axes.Add(ChartStyle.Ordinals("BatchNorm layer by depth", rows.Count));
        var values = ChartStyle.Numbers(AxisPosition.Left, "accuracy");
        (values.MinimumPadding, values.MaximumPadding, values.MinimumRange) = (0.06, 0.06, 0.02);
        model.Axes.Add(values);
        var line = ChartStyle.Line("as it is", Palette.Series[1], [(0.5, now), (rows.Count + 0.5, now)], MarkerType.None);
        line.LineStyle = LineStyle.Dash;
        model.Series.Add(line);
        model.Series.Add(
            ChartStyle.Line("if swapped", Palette.Series[0], rows.Select(row => ((double)row.Depth, row.AccuracyIfSwapped ?? double.NaN))));
        return new Drawing(model, 280);
    }
}
