using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using PSTransfer.Core.Diagnosis.LearningPhases;

namespace PSTransfer.Core.Reports.Charts;

/// <summary>Draws the visible gap as a bar, above its parts stacked: parts below zero to the left, those above to the right.</summary>
internal static class GapChart
{
    /// <summary>Draws the parts of the accuracy gap. Without validation images there is no generalisation gap and no total.</summary>
    public static Drawing Draw(LearningPhaseReport report)
    {
        var model = ChartStyle.NewModel();
        var rows = report.TotalGap is null ? ["parts"] : new[] { "total", "parts" };
        var names = new CategoryAxis { Position = AxisPosition.Left, GapWidth = 0.5, MajorTickSize = 0, AxislineStyle = LineStyle.None };
        names.Labels.AddRange(rows);
        model.Axes.Add(names);
        var values = ChartStyle.Numbers(AxisPosition.Bottom, "accuracy");
        (values.MinimumPadding, values.MaximumPadding, values.MinimumRange) = (0.05, 0.05, 0.02);
        values.StringFormat = "+0.###;\u22120.###;0";
        values.ExtraGridlines = [0];
        values.ExtraGridlineStyle = LineStyle.Solid;
        values.ExtraGridlineThickness = 1.5;
        values.ExtraGridlineColor = Palette.Ink.Plotted;
        model.Axes.Add(values);
        Add("normalisation", report.NormalizationGap, Palette.Series[0], rows.Length - 1);
        Add("dropout", report.DropoutGap, Palette.Series[1], rows.Length - 1);
        Add("generalisation", report.GeneralizationGap, Palette.Series[2], rows.Length - 1);
        Add("total", report.TotalGap, Palette.Series[3], 0);
        return new Drawing(model, 230);

        void Add(string title, MetricGap? gap, Palette.Colour colour, int row)
        {
            if (gap is not null)
            {
                var bar = new BarSeries { Title = title, IsStacked = true, FillColor = colour.Plotted, StrokeThickness = 0 };
                bar.Items.Add(new BarItem(double.IsFinite(gap.Accuracy) ? gap.Accuracy : 0, row));
                model.Series.Add(bar);
            }
        }
    }
}
