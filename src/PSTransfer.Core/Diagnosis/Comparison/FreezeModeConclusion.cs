using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Diagnosis.Comparison;

/// <summary>Sums up the rows of a comparison in plain sentences.</summary>
public static class FreezeModeConclusion
{
    private const int MostNamed = 4;

    /// <summary>
    /// Names the mode and repair that are best in the inference phase, whether chance may explain the lead, which modes are trapped, and
    /// what repair gains.
    /// </summary>
    /// <param name="rows">Rows of one comparison, with the same data and number of repeats. Empty rows give an empty text.</param>
    public static string Of(IReadOnlyList<FreezeModeRow> rows) =>
        rows.Count == 0 ? string.Empty : string.Join(' ', new[] { Best(rows), Trapped(rows) }.Where(sentence => sentence.Length > 0));

    private static string Best(IReadOnlyList<FreezeModeRow> rows)
    {
        var images = rows[0].Validation is null ? "on the training images" : "on the validation images";
        var ranked = rows.OrderByDescending(Accuracy).ToList();
        var best = ranked[0];
        var repeats = best.Repeats > 1 ? $" over {best.Repeats} seeds" : string.Empty;
        var begin = $"{Name(best)} has the best accuracy {images} in the inference phase: {Figure(best)}{repeats}";
        if (ranked.Count == 1)
        {
            return $"{Name(best)} has an accuracy of {Figure(best)} {images} in the inference phase{repeats}.";
        }

        if (best.Repeats == 1)
        {
            return $"{begin}, then {Name(ranked[1])} with {Figure(ranked[1])}; "
                + "one run each doesn't tell a lead from chance (-Repeat 5 would).";
        }

        var close = ranked.Skip(1).Where(row => Interval(row)!.Value.Upper >= Interval(best)!.Value.Lower).ToList();
        return close.Count == 0
            ? $"{begin}, beyond the 95 % intervals of all others ({Name(ranked[1])} is next with {Figure(ranked[1])})."
            : $"{begin}, but the 95 % intervals don't set it apart from {NameList.All(Named(close))}.";
    }

    /// <summary>The first names, and how many more there are.</summary>
    private static IEnumerable<string> Named(List<FreezeModeRow> rows)
    {
        var named = rows.Count <= MostNamed ? rows.Count : MostNamed - 1;
        var names = rows.Take(named).Select(row => $"{Name(row)} ({Figure(row)})");
        return named == rows.Count ? names : names.Append($"{rows.Count - named} more");
    }

    private static string Trapped(IReadOnlyList<FreezeModeRow> rows)
    {
        var tested = rows.Where(row => row.Repair == FreezeModeRepair.None).ToList();
        var trapped = tested.Where(row => row.Verdict is LearningPhaseVerdict.PhaseSkew or LearningPhaseVerdict.Both).ToList();
        return (tested.Count, trapped.Count) switch
        {
            (0, _) => string.Empty,
            (_, 0) => "No mode is trapped: in none do the phases disagree on the same images for certain.",
            _ => $"The phases disagree on the same images under {NameList.All(trapped.Select(row => Skew(row, rows)))}.",
        };
    }

    private static string Skew(FreezeModeRow row, IReadOnlyList<FreezeModeRow> rows)
    {
        var repaired = rows.Where(other => other.Mode == row.Mode && other.Repair != FreezeModeRepair.None).ToList();
        var returned = repaired.Count == 0 ? string.Empty
            : "; " + string.Join(", ", repaired.Select(other =>
                $"{other.Repair} gives {other.InferencePhase.Accuracy:0.000}"));
        return $"{row.Mode} ({row.TrainingPhase.Accuracy:0.000} in the training phase, "
            + $"{row.InferencePhase.Accuracy:0.000} in inference{returned})";
    }

    private static double Accuracy(FreezeModeRow row) => (row.Validation ?? row.InferencePhase).Accuracy;

    private static ConfidenceInterval? Interval(FreezeModeRow row) =>
        row.Validation is null ? row.InferenceInterval : row.ValidationInterval;

    private static string Name(FreezeModeRow row) => row.Repair == FreezeModeRepair.None ? $"{row.Mode}" : $"{row.Mode} with {row.Repair}";

    private static string Figure(FreezeModeRow row) => $"{Accuracy(row):0.000}"
        + (Interval(row) is { } interval ? $" ± {interval.HalfWidth:0.000}" : string.Empty);
}
