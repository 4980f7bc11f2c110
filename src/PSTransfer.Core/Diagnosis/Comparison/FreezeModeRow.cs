using System.Text.Json.Serialization;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Diagnosis.Statistics;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Diagnosis.Comparison;

/// <summary>A cell of a comparison: one mode, one repair, and what its runs over the seeds gave. With one run its figures are the run's.</summary>
/// <param name="Runs">One for each seed, at least one, all of the same mode and repair.</param>
public sealed record FreezeModeRow(IReadOnlyList<FreezeModeRun> Runs)
{
    private static readonly LearningPhaseVerdict[] _gravest =
        [LearningPhaseVerdict.Both, LearningPhaseVerdict.PhaseSkew, LearningPhaseVerdict.Overfit, LearningPhaseVerdict.Undetermined, LearningPhaseVerdict.Consistent];

    // Not []: PowerShell's index finds nothing in the lists that the compiler makes of [..].

    /// <summary>One for each seed.</summary>
    public IReadOnlyList<FreezeModeRun> Runs { get; } = new Listed<FreezeModeRun>(Runs);

    /// <summary>What the user calls the condition that the comparison was made under; null where it has no name.</summary>
    public string? Label { get; init; }

    /// <summary>The backbone's freeze mode.</summary>
    public FreezeMode Mode => Runs[0].Mode;

    /// <summary>What was done after training, before the test.</summary>
    public FreezeModeRepair Repair => Runs[0].Repair;

    /// <summary>Runs.</summary>
    public int Repeats => Runs.Count;

    /// <summary>Of each run.</summary>
    public IReadOnlyList<int> Seeds => new Listed<int>(Runs.Select(run => run.Seed));

    /// <summary>What training printed in its last epoch: a running mean in the training phase. The mean over the seeds.</summary>
    public double FitAccuracy => Runs.Average(run => run.FitAccuracy);

    /// <summary>The training images in phase 1 after training, dropout included. The mean over the seeds; the count is that of one run.</summary>
    public PhaseMetrics TrainingPhase => Mean(Runs.Select(run => run.TrainingPhase));

    /// <summary>The training images in phase 0.</summary>
    public PhaseMetrics InferencePhase => Mean(Runs.Select(run => run.InferencePhase));

    /// <summary>The validation images in phase 0; null without any.</summary>
    public PhaseMetrics? Validation => Runs[0].Validation is null ? null : Mean(Runs.Select(run => run.Validation!));

    /// <summary>Where the mean accuracy lies, 95 % over seeds by Student's t; null with one run.</summary>
    public ConfidenceInterval? TrainingInterval => SeedInterval.Of([.. Runs.Select(run => run.TrainingPhase.Accuracy)]);

    /// <summary>The same for the training images in phase 0.</summary>
    public ConfidenceInterval? InferenceInterval => SeedInterval.Of([.. Runs.Select(run => run.InferencePhase.Accuracy)]);

    /// <summary>The same for the validation images; null without any.</summary>
    public ConfidenceInterval? ValidationInterval => Runs[0].Validation is null ? null : SeedInterval.Of([.. Runs.Select(run => run.Validation!.Accuracy)]);

    /// <summary>Phase 1 minus phase 0, dropout off. Intervals are over seeds with several runs, over images (bootstrap) with one.</summary>
    public MetricGap NormalizationGap => Mean([.. Runs.Select(run => run.NormalizationGap)]);

    /// <summary>Training minus validation images, phase 0; null without validation.</summary>
    public MetricGap? GeneralizationGap => Runs[0].GeneralizationGap is null ? null : Mean([.. Runs.Select(run => run.GeneralizationGap!)]);

    /// <summary>The commonest of the runs; of equally common ones the gravest: Both, PhaseSkew, Overfit, Undetermined, Consistent.</summary>
    public LearningPhaseVerdict Verdict => Runs
        .GroupBy(run => run.Verdict)
        .OrderByDescending(group => group.Count())
        .ThenBy(group => Array.IndexOf(_gravest, group.Key))
        .First().Key;

    /// <summary>
    /// The first epoch by which more than half of the runs had reached the target accuracy; null where no more than half ever did, and
    /// after a repair, since epochs are evaluated without.
    /// </summary>
    public int? EpochsToTarget => Runs.Select(run => run.EpochsToTarget).OfType<int>().Order().Skip(Runs.Count / 2).Cast<int?>().FirstOrDefault();

    /// <summary>Runs that reached the target accuracy at all; null after a repair.</summary>
    public int? ReachedTarget => Repair == FreezeModeRepair.None ? Runs.Count(run => run.EpochsToTarget is not null) : null;

    /// <summary>Wall time of a training, the mean over the seeds.</summary>
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

    /// <summary>To be shown: characters that a terminal would obey are escaped.</summary>
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
