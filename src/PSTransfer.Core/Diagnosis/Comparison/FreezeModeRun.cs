using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Evaluation;

namespace PSTransfer.Core.Diagnosis.Comparison;

/// <summary>One run of a comparison: the results of one training with one seed.</summary>
public sealed record FreezeModeRun
{
    /// <summary>The backbone's freeze mode.</summary>
    public required FreezeMode Mode { get; init; }

    /// <summary>The repair between training and test.</summary>
    public required FreezeModeRepair Repair { get; init; }

    /// <summary>The seed of the order of images, augmentation and dropout; with several runs also of the head.</summary>
    public required int Seed { get; init; }

    /// <summary>The accuracy that training printed in its last epoch, a running mean in the training phase.</summary>
    public required double FitAccuracy { get; init; }

    /// <summary>The figures of the training images in phase 1 after training, with dropout.</summary>
    public required PhaseMetrics TrainingPhase { get; init; }

    /// <summary>The figures of the training images in phase 0.</summary>
    public required PhaseMetrics InferencePhase { get; init; }

    /// <summary>The figures of the validation images in phase 0; null without validation images.</summary>
    public PhaseMetrics? Validation { get; init; }

    /// <summary>The metrics of phase 1 minus those of phase 0, with dropout off; intervals are over images by bootstrap.</summary>
    public required MetricGap NormalizationGap { get; init; }

    /// <summary>The metrics of training images minus those of validation images, in phase 0; null without validation images.</summary>
    public MetricGap? GeneralizationGap { get; init; }

    /// <summary>The verdict of the learning-phase test.</summary>
    public required LearningPhaseVerdict Verdict { get; init; }

    /// <summary>
    /// The first epoch whose validation accuracy (training accuracy without validation) reached the target. Null if none did, and after a
    /// repair, since epochs are evaluated without repair.
    /// </summary>
    public int? EpochsToTarget { get; init; }

    /// <summary>The wall time of the training in seconds.</summary>
    public required double Seconds { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"seed {Seed}: accuracy {InferencePhase.Accuracy:0.000}, {Verdict}";
}
