using PSTransfer.Core.Diagnosis.Comparison;

namespace PSTransfer.Core.Reports;

/// <summary>All that a report on a comparison shows.</summary>
/// <param name="Written">When it was made; the rows were measured before.</param>
/// <param name="Rows">Of Compare-FreezeMode, of one run or of several with a label each.</param>
/// <param name="Conclusions">In words, for each label.</param>
/// <param name="Versions">What it ran on.</param>
public sealed record ComparisonReport(DateTimeOffset Written, IReadOnlyList<FreezeModeRow> Rows, IReadOnlyList<ComparisonConclusion> Conclusions, Versions Versions)
{
    /// <summary>Of rows, at least one.</summary>
    public static ComparisonReport Of(IReadOnlyList<FreezeModeRow> rows) => new(
        DateTimeOffset.Now,
        rows,
        [.. rows.GroupBy(row => row.Label).Select(group => new ComparisonConclusion(group.Key, FreezeModeConclusion.Of([.. group])))],
        Versions.Here);
}

/// <summary>What the rows of one label say.</summary>
public sealed record ComparisonConclusion(string? Label, string Conclusion);
