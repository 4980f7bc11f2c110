using PSTransfer.Core.Diagnosis.Comparison;

namespace PSTransfer.Core.Tests.Diagnosis.Comparison;

/// <summary>Rows of a comparison as tests want them.</summary>
internal static class FreezeModeRows
{
    public static FreezeModeRun Run(
        FreezeMode mode = FreezeMode.Legacy,
        FreezeModeRepair repair = FreezeModeRepair.None,
        double training = 0.9,
        double inference = 0.6,
        double? validation = null,
        LearningPhaseVerdict verdict = LearningPhaseVerdict.PhaseSkew, int? epochs = null, int seed = 42) => new()
        {
            Mode = mode,
            Repair = repair,
            Seed = seed,
            FitAccuracy = training,
            TrainingPhase = new PhaseMetrics(1 - training, training, 100),
            InferencePhase = new PhaseMetrics(1 - inference, inference, 100),
            Validation = validation is { } accuracy ? new PhaseMetrics(1 - accuracy, accuracy, 50) : null,
            NormalizationGap = new MetricGap(
                training - inference, inference - training, new ConfidenceInterval(-1, 1), new ConfidenceInterval(-2, 2)),
            GeneralizationGap = validation is { } unseen
                ? new MetricGap(inference - unseen, unseen - inference, new ConfidenceInterval(-1, 1), new ConfidenceInterval(-2, 2))
                : null,
            Verdict = verdict,
            EpochsToTarget = epochs,
            Seconds = 2,
        };

    /// <summary>A row whose validation accuracy has that mean over two seeds, and 12.7062 · spread as its interval's half.</summary>
    public static FreezeModeRow Row(
        FreezeMode mode,
        FreezeModeRepair repair,
        double validation,
        double spread,
        double training = 0.9,
        double inference = 0.9,
        LearningPhaseVerdict verdict = LearningPhaseVerdict.Consistent) =>
        new([
            Run(mode, repair, training, inference, validation - spread, verdict, seed: 42),
            Run(mode, repair, training, inference, validation + spread, verdict, seed: 43),
        ]);
}
