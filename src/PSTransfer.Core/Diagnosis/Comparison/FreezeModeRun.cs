using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Evaluation;

namespace PSTransfer.Core.Diagnosis.Comparison;

/// <summary>One seed's run of a comparison: what one training gave.</summary>
public sealed record FreezeModeRun
{
    /// <summary>The backbone's freeze mode.</summary>
    public required FreezeMode Mode { get; init; }

    /// <summary>What was done after training, before the test.</summary>
    public required FreezeModeRepair Repair { get; init; }

    /// <summary>Of the order of images, augmentation and dropout, and with several runs of the head.</summary>
    public required int Seed { get; init; }

    /// <summary>What training printed in its last epoch: a running mean in the training phase.</summary>
    public required double FitAccuracy { get; init; }

    /// <summary>The training images in phase 1 after training, dropout included.</summary>
    public required PhaseMetrics TrainingPhase { get; init; }

    /// <summary>The training images in phase 0.</summary>
    public required PhaseMetrics InferencePhase { get; init; }

    /// <summary>The validation images in phase 0; null without any.</summary>
    public PhaseMetrics? Validation { get; init; }

    /// <summary>Phase 1 minus phase 0, dropout off, with the bootstrap's intervals over images.</summary>
    public required MetricGap NormalizationGap { get; init; }

    /// <summary>Training minus validation images, phase 0; null without validation.</summary>
    public MetricGap? GeneralizationGap { get; init; }

    /// <summary>Of the learning-phase test.</summary>
    public required LearningPhaseVerdict Verdict { get; init; }

    /// <summary>
    /// The first epoch whose validation accuracy (training accuracy without validation) reached the target; null if none did, and after a
    /// repair, since epochs are evaluated without.
    /// </summary>
    public int? EpochsToTarget { get; init; }

    /// <summary>Wall time of the training.</summary>
    public required double Seconds { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"seed {Seed}: accuracy {InferencePhase.Accuracy:0.000}, {Verdict}";
}
