using PSTransfer.Core.Diagnosis.Comparison;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Reports.Charts;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Reports;

/// <summary>Lays out a report on a comparison.</summary>
internal static class ComparisonPage
{
    /// <summary>Makes the page of a report.</summary>
    public static Page Of(ComparisonReport report)
    {
        var labelled = report.Conclusions.Count > 1 || report.Rows[0].Label is not null;
        return new Page(
            "Freeze modes compared",
            $"{report.Rows.Count} {(report.Rows.Count == 1 ? "row" : "rows")}, {report.Rows.Sum(row => row.Repeats)} tested runs"
                + (report.Conclusions.Count > 1 ? $", {report.Conclusions.Count} conditions" : string.Empty),
            [
                new(
                    null,
                    [
                        .. report.Conclusions.Select(
                            found => new Paragraph(labelled ? $"{NameOf(found.Label)}: {found.Conclusion}" : found.Conclusion))]),
                new("Accuracy", Charts(report)),
                new("Figures", [Table(report.Rows, labelled)]),
            ],
            $"Written {report.Written:yyyy-MM-dd HH:mm zzz} by PSTransfer {report.Versions.PSTransfer}, libtorch "
            + $"{report.Versions.LibTorch}.");
    }

    /// <summary>The name of a condition.</summary>
    public static string NameOf(string? label) => label is null ? "(no label)" : Plain.Name(label);

    /// <summary>The name of a row within its condition.</summary>
    public static string NameOf(FreezeModeRow row) => row.Repair == FreezeModeRepair.None ? $"{row.Mode}" : $"{row.Mode}, {row.Repair}";

    private static List<Block> Charts(ComparisonReport report)
    {
        var several = report.Rows.Any(row => row.Repeats > 1);
        var blocks = new List<Block>
        {
            new Paragraph(
                "All points are after training, at fixed weights. Training phase: the training images, normalised as in a step of "
                + "training, dropout included. Inference phase: the same images. Validation: other images, in the inference phase."
                + (several
                    ? " Error bars are 95 % intervals of the mean over seeds, drawn as far as 0 and 1."
                    : " One run each: there are no intervals.")),
        };
        if (report.Conclusions.Count == 1)
        {
            blocks.Add(new Chart(
                "modes", "Accuracy by mode", "Where the points of a mode lie apart, the phases disagree.",
                $"Dot plot of accuracy by mode; in the inference phase {Range(report.Rows, row => row.InferencePhase.Accuracy)}.",
                ComparisonChart.ByMode(report.Rows)));
            return blocks;
        }

        foreach (var measure in ComparisonChart.Measures)
        {
            if (report.Rows.Any(row => measure.Accuracy(row) is not null))
            {
                blocks.Add(new Chart(
                    measure.Name.Replace(' ', '-'), $"Accuracy, {measure.Name}", "A line per mode and repair.",
                    $"Line chart of accuracy in {report.Conclusions.Count} conditions, {measure.Name}: "
                    + $"{Range(report.Rows, measure.Accuracy)}.",
                    ComparisonChart.ByLabel(report.Rows, measure)));
            }
        }

        return blocks;
    }

    private static string Range(IReadOnlyList<FreezeModeRow> rows, Func<FreezeModeRow, double?> accuracy)
    {
        var (lowest, highest) = (rows.MinBy(accuracy)!, rows.MaxBy(accuracy)!);
        return $"from {Figure(lowest)} to {Figure(highest)}";

        string Figure(FreezeModeRow row) =>
            $"{Plain.Share(accuracy(row) ?? double.NaN)} ({(row.Label is null ? string.Empty : $"{NameOf(row.Label)}, ")}{NameOf(row)})";
    }

    private static Table Table(IReadOnlyList<FreezeModeRow> rows, bool labelled) => new(
        "Accuracy, with half the 95 % interval of its mean where there are several seeds",
        [
            .. labelled ? [new Column("Label", false)] : Array.Empty<Column>(),
            new("Mode", false), new("Repair", false), new("Training phase"), new("Inference phase"), new("Validation"),
            new("Normalisation gap"), new("Verdict", false), new("Epochs to target"), new("Seeds"), new("Seconds"),
        ],
        [.. rows.Select(row => (IReadOnlyList<string>)
        [
            .. labelled ? [NameOf(row.Label)] : Array.Empty<string>(),
            row.Mode.ToString(),
            row.Repair.ToString(),
            Figure(row.TrainingPhase.Accuracy, row.TrainingInterval),
            Figure(row.InferencePhase.Accuracy, row.InferenceInterval),
            row.Validation is { } validation ? Figure(validation.Accuracy, row.ValidationInterval) : "–",
            Plain.Gap(row.NormalizationGap.Accuracy),
            row.Verdict.ToString(),
            row.EpochsToTarget is { } epochs ? Plain.Count(epochs) : "–",
            Plain.Count(row.Repeats),
            $"{row.Seconds:0.0}",
        ])]);

    private static string Figure(double accuracy, ConfidenceInterval? interval) =>
        Plain.Share(accuracy) + (interval is { } known ? $" ± {Plain.Share(known.HalfWidth)}" : string.Empty);
}
