using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using PSTransfer.Core.Diagnosis.Comparison;
using PSTransfer.Core.Diagnosis.LearningPhases;

namespace PSTransfer.Core.Reports.Charts;

/// <summary>Draws the accuracy of freeze modes, with intervals as error bars.</summary>
internal static class ComparisonChart
{
    private const double Spread = 0.5;
    private const int MaxLetters = 18;

    private static readonly MarkerType[] _markers = [MarkerType.Circle, MarkerType.Square, MarkerType.Diamond, MarkerType.Triangle];

    /// <summary>The figures that are drawn of each row.</summary>
    public static IReadOnlyList<Measure> Measures { get; } =
    [
        new("training phase", row => row.TrainingPhase.Accuracy, row => row.TrainingInterval),
        new("inference phase", row => row.InferencePhase.Accuracy, row => row.InferenceInterval),
        new("validation", row => row.Validation?.Accuracy, row => row.ValidationInterval),
    ];

    /// <summary>Draws one condition: a line per mode and repair, since their names are long, and a series per measure.</summary>
    public static Drawing ByMode(IReadOnlyList<FreezeModeRow> rows)
    {
        var model = ChartStyle.NewModel();
        var names = new CategoryAxis { Position = AxisPosition.Left, MajorTickSize = 0, StartPosition = 1, EndPosition = 0 };
        names.Labels.AddRange(rows.Select(ComparisonPage.NameOf));
        model.Axes.Add(names);
        model.Axes.Add(Accuracy(AxisPosition.Bottom));
        var measures = Measures.Where(measure => rows.Any(row => measure.Accuracy(row) is not null)).ToList();
        foreach (var (m, measure) in measures.Index())
        {
            var points = ChartStyle.Line(measure.Name, Palette.Series[m], [], _markers[m]);
            points.LineStyle = LineStyle.None;
            points.MarkerSize = 5;
            foreach (var (i, row) in rows.Index())
            {
                if (measure.Accuracy(row) is { } accuracy)
                {
                    var place = i + Offset(m, measures.Count);
                    points.Points.Add(new DataPoint(accuracy, place));
                    AddBar(model, measure.Interval(row), Palette.Series[m], value => new DataPoint(value, place));
                }
            }

            model.Series.Add(points);
        }

        return new Drawing(model, 110 + (44 * rows.Count));
    }

    /// <summary>Draws one measure in several conditions: a series per mode and repair.</summary>
    public static Drawing ByLabel(IReadOnlyList<FreezeModeRow> rows, Measure measure)
    {
        var model = ChartStyle.NewModel();
        var labels = rows.Select(row => row.Label).Distinct().ToList();
        var names = labels.Select(label => Short(ComparisonPage.NameOf(label))).ToList();
        var crowded = names.Sum(name => name.Length + 2) > 40;
        var axis = new CategoryAxis { Position = AxisPosition.Bottom, MajorTickSize = 0, Angle = crowded ? -40 : 0 };
        axis.Labels.AddRange(names);
        model.Axes.Add(axis);
        model.Axes.Add(Accuracy(AxisPosition.Left));
        var groups = rows.GroupBy(ComparisonPage.NameOf).ToList();
        foreach (var (g, group) in groups.Index())
        {
            var colour = Palette.Series[g % Palette.Series.Count];
            var line = ChartStyle.Line(group.Key, colour, [], _markers[g / Palette.Series.Count % _markers.Length]);
            line.LineStyle = g < Palette.Series.Count ? LineStyle.Solid : LineStyle.Dash;
            foreach (var row in group.OrderBy(row => labels.IndexOf(row.Label)))
            {
                var place = labels.IndexOf(row.Label) + (Offset(g, groups.Count) / 2);
                line.Points.Add(new DataPoint(place, measure.Accuracy(row) ?? double.NaN));
                AddBar(model, measure.Interval(row), colour, value => new DataPoint(place, value));
            }

            model.Series.Add(line);
        }

        return new Drawing(model, 260 + (crowded ? 60 : 0) + (20 * ((groups.Count + 1) / 2)));
    }

    private static LinearAxis Accuracy(AxisPosition position)
    {
        var axis = ChartStyle.Numbers(position, "accuracy");
        (axis.MinimumPadding, axis.MaximumPadding, axis.MinimumRange) = (0.05, 0.05, 0.02);
        return axis;
    }

    private static void AddBar(PlotModel model, ConfidenceInterval? interval, Palette.Colour colour, Func<double, DataPoint> place)
    {
        if (interval is { } known)
        {
            var bar = new LineSeries { Color = colour.Plotted, StrokeThickness = 1.5 };
            bar.Points.AddRange([place(Math.Max(known.Lower, 0)), place(Math.Min(known.Upper, 1))]);
            model.Series.Add(bar);
        }
    }

    /// <summary>Places series beside each other, so that no error bar hides another.</summary>
    private static double Offset(int series, int count) => count == 1 ? 0 : Spread * (((double)series / (count - 1)) - 0.5);

    /// <summary>Shortens a name. The library takes ^{ and _{ for raised and lowered letters.</summary>
    private static string Short(string name)
    {
        var cut = name.Length <= MaxLetters ? name : string.Concat(name.EnumerateRunes().Take(MaxLetters - 1)) + "…";
        return cut.Replace("^{", "^ {", StringComparison.Ordinal).Replace("_{", "_ {", StringComparison.Ordinal);
    }

    /// <summary>A figure of a row, with its name and interval.</summary>
    internal sealed record Measure(string Name, Func<FreezeModeRow, double?> Accuracy, Func<FreezeModeRow, ConfidenceInterval?> Interval);
}
