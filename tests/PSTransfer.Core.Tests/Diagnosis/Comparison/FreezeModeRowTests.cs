using PSTransfer.Core.Diagnosis.Comparison;
using static PSTransfer.Core.Tests.Diagnosis.Comparison.FreezeModeRows;

namespace PSTransfer.Core.Tests.Diagnosis.Comparison;

public sealed class FreezeModeRowTests
{
    [Fact]
    public void OneRunGivesItsOwnFiguresAndNoIntervals()
    {
        var run = Run(validation: 0.5, epochs: 3);
        var row = new FreezeModeRow([run]);

        Assert.Equal(
            (run.FitAccuracy, run.TrainingPhase, run.InferencePhase, run.Validation),
            (row.FitAccuracy, row.TrainingPhase, row.InferencePhase, row.Validation));
        Assert.Equal(
            (run.NormalizationGap, run.GeneralizationGap, run.Verdict, 3),
            (row.NormalizationGap, row.GeneralizationGap, row.Verdict, row.EpochsToTarget));
        Assert.Equal((null, null, null), (row.TrainingInterval, row.InferenceInterval, row.ValidationInterval));
        Assert.Equal((1, 1, 2.0, null), (row.Repeats, row.ReachedTarget, row.Seconds, row.Label));
        Assert.Equal([42], row.Seeds);
    }

    [Fact]
    public void SeveralRunsGiveMeansAndIntervalsOverSeeds()
    {
        // t with one degree of freedom: 12.7062; of two values the standard error is half their difference.
        var row = new FreezeModeRow([
            Run(training: 0.9, inference: 0.6, validation: 0.5, seed: 1), Run(training: 0.8, inference: 0.6, validation: 0.54, seed: 2)
        ]);

        Assert.Equal([1, 2], row.Seeds);
        Assert.Equal(0.85, row.TrainingPhase.Accuracy, 1e-12);
        Assert.Equal(0.15, row.TrainingPhase.Loss, 1e-12);
        Assert.Equal(100, row.TrainingPhase.Count);
        AssertInterval(0.85, 12.7062 * 0.05, row.TrainingInterval);
        AssertInterval(0.6, 0, row.InferenceInterval);
        AssertInterval(0.52, 12.7062 * 0.02, row.ValidationInterval);
        Assert.Equal(0.25, row.NormalizationGap.Accuracy, 1e-12);
        AssertInterval(0.25, 12.7062 * 0.05, row.NormalizationGap.AccuracyInterval);
        AssertInterval(-0.25, 12.7062 * 0.05, row.NormalizationGap.LossInterval);
        AssertInterval(0.08, 12.7062 * 0.02, row.GeneralizationGap!.AccuracyInterval);
    }

    [Theory]
    [InlineData(
        LearningPhaseVerdict.Consistent, LearningPhaseVerdict.Consistent, LearningPhaseVerdict.Both, LearningPhaseVerdict.Consistent)]
    [InlineData(
        LearningPhaseVerdict.Consistent, LearningPhaseVerdict.Undetermined, LearningPhaseVerdict.Overfit, LearningPhaseVerdict.Overfit)]
    [InlineData(
        LearningPhaseVerdict.Overfit, LearningPhaseVerdict.PhaseSkew, LearningPhaseVerdict.Undetermined, LearningPhaseVerdict.PhaseSkew)]
    [InlineData(LearningPhaseVerdict.PhaseSkew, LearningPhaseVerdict.Both, LearningPhaseVerdict.Consistent, LearningPhaseVerdict.Both)]
    public void TheVerdictIsTheCommonestAndOfEquallyCommonOnesTheGravest(
        LearningPhaseVerdict first, LearningPhaseVerdict second, LearningPhaseVerdict third, LearningPhaseVerdict expected) =>
        Assert.Equal(expected, new FreezeModeRow([Run(verdict: first), Run(verdict: second), Run(verdict: third)]).Verdict);

    [Theory]
    [InlineData(new[] { 4 }, 4, 1)]
    [InlineData(new[] { 0 }, null, 0)]
    [InlineData(new[] { 5, 2, 9 }, 5, 3)]
    [InlineData(new[] { 5, 0, 2 }, 5, 2)]
    [InlineData(new[] { 5, 0, 0 }, null, 1)]
    [InlineData(new[] { 5, 2 }, 5, 2)]
    [InlineData(new[] { 5, 0 }, null, 1)]
    public void TheTargetIsReachedWhereMoreThanHalfOfTheRunsHadReachedIt(int[] epochs, int? expected, int reached)
    {
        var row = new FreezeModeRow([.. epochs.Select(epoch => Run(epochs: epoch == 0 ? null : epoch))]);

        Assert.Equal(expected, row.EpochsToTarget);
        Assert.Equal(reached, row.ReachedTarget);
    }

    [Fact]
    public void ARepairedRowSaysNothingOfEpochs()
    {
        var row = new FreezeModeRow([Run(repair: FreezeModeRepair.Precise)]);
        Assert.Equal((null, null), (row.EpochsToTarget, row.ReachedTarget));
    }

    private static void AssertInterval(double middle, double half, ConfidenceInterval? interval)
    {
        Assert.Equal(middle - half, interval!.Value.Lower, 1e-5);
        Assert.Equal(middle + half, interval.Value.Upper, 1e-5);
    }
}
