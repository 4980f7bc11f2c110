using System.Text.Json.Serialization;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Diagnosis.Statistics;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Diagnosis.Comparison;

/// <summary>
/// A row of a comparison: the results of one mode and one repair over all seeds. With one run its figures are those of the run.
/// </summary>
/// <param name="Runs">One run for each seed, at least one, all of the same mode and repair.</param>
public sealed record FreezeModeRow(IReadOnlyList<FreezeModeRun> Runs)
{
    private static readonly LearningPhaseVerdict[] _gravest =
        [
            LearningPhaseVerdict.Both,
            LearningPhaseVerdict.PhaseSkew,
            LearningPhaseVerdict.Overfit,
            LearningPhaseVerdict.Undetermined,
            LearningPhaseVerdict.Consistent];

    /// <summary>The runs, one for each seed.</summary>
    public IReadOnlyList<FreezeModeRun> Runs { get; } = new Listed<FreezeModeRun>(Runs);

    /// <summary>The user's name for the condition of the comparison; null if it has none.</summary>
    public string? Label { get; init; }

    /// <summary>The backbone's freeze mode.</summary>
    public FreezeMode Mode => Runs[0].Mode;

    /// <summary>The repair between training and test.</summary>
    public FreezeModeRepair Repair => Runs[0].Repair;

    /// <summary>The number of runs.</summary>
    public int Repeats => Runs.Count;

    /// <summary>The seed of each run.</summary>
    public IReadOnlyList<int> Seeds => new Listed<int>(Runs.Select(run => run.Seed));

    /// <summary>
    /// The accuracy that training printed in its last epoch, a running mean in the training phase; averaged over the seeds.
    /// </summary>
    public double FitAccuracy => Runs.Average(run => run.FitAccuracy);

    /// <summary>
    /// The figures of the training images in phase 1 after training, with dropout; averaged over the seeds. The count is that of one run.
    /// </summary>
    public PhaseMetrics TrainingPhase => Mean(Runs.Select(run => run.TrainingPhase));

    /// <summary>The figures of the training images in phase 0; averaged over the seeds.</summary>
    public PhaseMetrics InferencePhase => Mean(Runs.Select(run => run.InferencePhase));

    /// <summary>The figures of the validation images in phase 0, averaged over the seeds; null without validation images.</summary>
    public PhaseMetrics? Validation => Runs[0].Validation is null ? null : Mean(Runs.Select(run => run.Validation!));

    /// <summary>
    /// The 95 % interval over seeds, by Student's t, for the mean accuracy of <see cref="TrainingPhase"/>; null with one run.
    /// </summary>
    public ConfidenceInterval? TrainingInterval => SeedInterval.Of([.. Runs.Select(run => run.TrainingPhase.Accuracy)]);

    /// <summary>The 95 % interval over seeds for the mean accuracy of <see cref="InferencePhase"/>; null with one run.</summary>
    public ConfidenceInterval? InferenceInterval => SeedInterval.Of([.. Runs.Select(run => run.InferencePhase.Accuracy)]);

    /// <summary>
    /// The 95 % interval over seeds for the mean accuracy of <see cref="Validation"/>; null with one run or without validation images.
    /// </summary>
    public ConfidenceInterval? ValidationInterval =>
        Runs[0].Validation is null ? null : SeedInterval.Of([.. Runs.Select(run => run.Validation!.Accuracy)]);

    /// <summary>
    /// The metrics of phase 1 minus those of phase 0, with dropout off. Intervals are over seeds with several runs, over images (bootstrap)
    /// with one.
    /// </summary>
    public MetricGap NormalizationGap => Mean([.. Runs.Select(run => run.NormalizationGap)]);

    /// <summary>The metrics of training images minus those of validation images, in phase 0; null without validation images.</summary>
    public MetricGap? GeneralizationGap => Runs[0].GeneralizationGap is null ? null : Mean([.. Runs.Select(run => run.GeneralizationGap!)]);

    /// <summary>
    /// The most common verdict of the runs. Of equally common verdicts the most serious: Both, PhaseSkew, Overfit, Undetermined,
    /// Consistent.
    /// </summary>
    public LearningPhaseVerdict Verdict => Runs
        .GroupBy(run => run.Verdict)
        .OrderByDescending(group => group.Count())
        .ThenBy(group => Array.IndexOf(_gravest, group.Key))
        .First().Key;

    /// <summary>
    /// The first epoch by which more than half of the runs had reached the target accuracy. Null if at most half ever did, and after a
    /// repair, since epochs are evaluated without repair.
    /// </summary>
    public int? EpochsToTarget =>
        Runs.Select(run => run.EpochsToTarget).OfType<int>().Order().Skip(Runs.Count / 2).Cast<int?>().FirstOrDefault();

    /// <summary>How many runs reached the target accuracy; null after a repair.</summary>
    public int? ReachedTarget => Repair == FreezeModeRepair.None ? Runs.Count(run => run.EpochsToTarget is not null) : null;

    /// <summary>The wall time of a training in seconds, averaged over the seeds.</summary>
    public double Seconds => Runs.Average(run => run.Seconds);

    /// <summary>The accuracy of <see cref="TrainingPhase"/>, in a column of its own.</summary>
    [JsonIgnore]
    public double TrainingAccuracy => TrainingPhase.Accuracy;

    /// <summary>The accuracy of <see cref="InferencePhase"/>.</summary>
    [JsonIgnore]
    public double InferenceAccuracy => InferencePhase.Accuracy;

    /// <summary>The accuracy of <see cref="Validation"/>.</summary>
    [JsonIgnore]
    public double? ValidationAccuracy => Validation?.Accuracy;

    /// <summary>The accuracy of <see cref="NormalizationGap"/>.</summary>
    [JsonIgnore]
    public double NormalizationGapAccuracy => NormalizationGap.Accuracy;

    /// <summary>The accuracy of <see cref="GeneralizationGap"/>.</summary>
    [JsonIgnore]
    public double? GeneralizationGapAccuracy => GeneralizationGap?.Accuracy;

    /// <summary>The row as text to display: characters that a terminal would obey are escaped.</summary>
    public override string ToString() => Printable.Record(nameof(FreezeModeRow), PrintMembers);

    private static PhaseMetrics Mean(IEnumerable<PhaseMetrics> runs)
    {
        var all = runs.ToList();
        return new PhaseMetrics(all.Average(run => run.Loss), all.Average(run => run.Accuracy), all[0].Count);
    }

    private static MetricGap Mean(IReadOnlyList<MetricGap> gaps) => gaps is [var only] ? only : new(
        gaps.Average(gap => gap.Accuracy),
        gaps.Average(gap => gap.Loss),
        SeedInterval.Of([.. gaps.Select(gap => gap.Accuracy)])!.Value,
        SeedInterval.Of([.. gaps.Select(gap => gap.Loss)])!.Value);
}
