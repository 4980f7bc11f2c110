using PSTransfer.Core.Data;
using PSTransfer.Core.Freezing;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;

namespace PSTransfer.Core.Diagnosis;

/// <summary>One mode's row of a comparison.</summary>
/// <param name="Mode">The backbone's freeze mode.</param>
/// <param name="FitAccuracy">What training printed in its last epoch: a running mean in the training phase.</param>
/// <param name="TrainingPhase">The training images in phase 1 after training, dropout included.</param>
/// <param name="InferencePhase">The training images in phase 0.</param>
/// <param name="Validation">The validation images in phase 0; null without any.</param>
/// <param name="NormalizationGap">Phase 1 minus phase 0, dropout off.</param>
/// <param name="GeneralizationGap">Training minus validation images, phase 0; null without validation.</param>
/// <param name="Verdict">Of the learning-phase test.</param>
/// <param name="EpochsToTarget">The first epoch whose validation accuracy (training accuracy without validation) reached the target; null if none did.</param>
/// <param name="Seconds">Wall time of the training.</param>
public sealed record FreezeModeRow(
    FreezeMode Mode,
    double FitAccuracy,
    PhaseMetrics TrainingPhase,
    PhaseMetrics InferencePhase,
    PhaseMetrics? Validation,
    MetricGap NormalizationGap,
    MetricGap? GeneralizationGap,
    LearningPhaseVerdict Verdict,
    int? EpochsToTarget,
    double Seconds);

/// <summary>Trains one copy of a model per freeze mode, from identical weights, head and order of images, and tests each.</summary>
public static class FreezeModeComparison
{
    /// <summary>Runs one mode on a copy, which is disposed again; the model given isn't touched.</summary>
    /// <param name="network">The model to copy, with a head.</param>
    /// <param name="mode">The mode of the copy's backbone.</param>
    /// <param name="data">Training images.</param>
    /// <param name="validation">Validation images; null for none.</param>
    /// <param name="options">The same for every mode.</param>
    /// <param name="targetAccuracy">For <see cref="FreezeModeRow.EpochsToTarget"/>, 0 to 1.</param>
    /// <param name="report">Told each step.</param>
    /// <param name="preparing">Told what is computed before the steps, and how much of it is done, 0 to 1.</param>
    /// <param name="token">Checked at each batch.</param>
    public static FreezeModeRow Run(
        TransferNetwork network,
        FreezeMode mode,
        LabeledImages data,
        LabeledImages? validation,
        TrainingOptions options,
        double targetAccuracy,
        Action<TrainingProgress>? report,
        Action<string, double>? preparing,
        CancellationToken token)
    {
        using var copy = network.Clone();
        new FreezePlan { Mode = mode }.Apply(copy);
        var run = new Trainer(copy, options, report, preparing: preparing).Fit(data, validation, token);
        var test = new LearningPhaseTest(copy) { BatchSize = options.BatchSize, Seed = options.Seed }.Run(data, validation, token: token);
        return new FreezeModeRow(
            mode,
            run.History[^1].Accuracy,
            test.Training,
            test.Inference,
            test.Validation,
            test.NormalizationGap,
            test.GeneralizationGap,
            test.Verdict,
            run.History.FirstOrDefault(epoch => (epoch.ValidationAccuracy ?? epoch.Accuracy) >= targetAccuracy)?.Epoch,
            run.Seconds);
    }
}
