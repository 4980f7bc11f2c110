using PSTransfer.Core.Diagnosis.Comparison;

namespace PSTransfer.Core.Reports;

/// <summary>The content of a report on a comparison.</summary>
/// <param name="Written">The time at which the report was made; the rows were measured earlier.</param>
/// <param name="Rows">Rows of Compare-FreezeMode, from one run or from several with a label each.</param>
/// <param name="Conclusions">A conclusion in words for each label.</param>
/// <param name="Versions">The versions that the report was made with.</param>
public sealed record ComparisonReport(
    DateTimeOffset Written, IReadOnlyList<FreezeModeRow> Rows, IReadOnlyList<ComparisonConclusion> Conclusions, Versions Versions)
{
    /// <summary>Makes a report from rows, at least one.</summary>
    public static ComparisonReport Of(IReadOnlyList<FreezeModeRow> rows) => new(
        DateTimeOffset.Now,
        rows,
        [.. rows.GroupBy(row => row.Label).Select(group => new ComparisonConclusion(group.Key, FreezeModeConclusion.Of([.. group])))],
        Versions.Here);
}

/// <summary>The conclusion from the rows of one label.</summary>
public sealed record ComparisonConclusion(string? Label, string Conclusion);
