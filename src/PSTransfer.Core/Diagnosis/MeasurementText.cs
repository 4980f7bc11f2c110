using PSTransfer.Core.Text;

namespace PSTransfer.Core.Diagnosis;

/// <summary>How often images of one class were taken for another.</summary>
/// <param name="Class">The class that the images are of.</param>
/// <param name="Predicted">The class they were taken for.</param>
/// <param name="Count">How many.</param>
/// <param name="Share">Of the images of the class, 0 to 1.</param>
public sealed record Confusion(string Class, string Predicted, int Count, double Share)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Printable.Line(Class)} taken for {Printable.Line(Predicted)}: {Count} ({Share:0.000} of its images)";
}

/// <summary>A measurement as a screen can hold it: all of a few classes, the worst of many.</summary>
internal static class MeasurementText
{
    private const int Few = 20;
    private const int Shown = 10;

    /// <summary>A line for each class.</summary>
    public static string Classes(ModelMeasurement measured)
    {
        var classes = measured.Classes;
        var shown = classes.Count <= Few ? classes : classes.OrderBy(one => one.Count == 0).ThenBy(one => one.F1).Take(Shown);
        var lines = shown.Select(one => one.ToString());
        return Lines(classes.Count <= Few
            ? lines
            : lines.Append($"... those with the lowest F1; {classes.Count - Shown} more in the property Classes"));
    }

    /// <summary>The matrix of a few classes; the largest confusions of many.</summary>
    public static string Confusions(ModelMeasurement measured)
    {
        if (measured.Classes.Count <= Few)
        {
            return Lines(measured.ConfusionMatrix.Select(row => string.Concat(row.Select(count => $"{count,6}"))));
        }

        var largest = Largest(measured, Shown);
        return Lines(largest.Select(one => one.ToString())
            .Append($"... {(largest.Count == 0 ? "none" : "the largest")}; "
                + $"all {measured.Classes.Count} × {measured.Classes.Count} in the property ConfusionMatrix"));
    }

    /// <summary>The most frequent confusions, the most frequent first.</summary>
    public static IReadOnlyList<Confusion> Largest(ModelMeasurement measured, int count) =>
    [
        .. measured.ConfusionMatrix.Index()
            .SelectMany(row => row.Item.Index()
                .Where(cell => cell.Item > 0 && cell.Index != row.Index)
                .Select(cell => (Actual: row.Index, Predicted: cell.Index, Count: cell.Item)))
            .OrderByDescending(cell => cell.Count).ThenBy(cell => cell.Actual).ThenBy(cell => cell.Predicted)
            .Take(count)
            .Select(cell => new Confusion(
                measured.Classes[cell.Actual].Class,
                measured.Classes[cell.Predicted].Class,
                cell.Count,
                (double)cell.Count / measured.Classes[cell.Actual].Count)),
    ];

    private static string Lines(IEnumerable<string> lines) => string.Join(Environment.NewLine, lines);
}
