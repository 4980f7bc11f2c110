using PSTransfer.Core.Training;

namespace PSTransfer.Core.Diagnosis;

/// <summary>A difference between two evaluations, first minus second.</summary>
public sealed record MetricGap(double Accuracy, double Loss)
{
    /// <summary>The gap between two sets of metrics.</summary>
    public static MetricGap Between(PhaseMetrics first, PhaseMetrics second) =>
        new(first.Accuracy - second.Accuracy, first.Loss - second.Loss);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"accuracy {Accuracy:+0.000;-0.000;0.000}, loss {Loss:+0.0000;-0.0000;0.0000}");
}

/// <summary>What the learning-phase test finds.</summary>
public enum LearningPhaseVerdict
{
    /// <summary>The phases agree, and so do training and validation images as far as they were given.</summary>
    Consistent,

    /// <summary>The phases disagree on the same images: BatchNorm normalises differently in training and in evaluation.</summary>
    PhaseSkew,

    /// <summary>The phases agree, and training images fare much better than validation images.</summary>
    Overfit,

    /// <summary>Both of it.</summary>
    Both,
}

/// <summary>The same weights evaluated under each learning phase, and the gap that people see split into its causes.</summary>
public sealed record LearningPhaseReport
{
    /// <summary>The phase that a framework picks by itself in evaluation.</summary>
    public required PhaseMetrics Dynamic { get; init; }

    /// <summary>Phase 0.</summary>
    public required PhaseMetrics Inference { get; init; }

    /// <summary>Phase 1, dropout included: what Keras prints.</summary>
    public required PhaseMetrics Training { get; init; }

    /// <summary>Phase 1 with dropout off.</summary>
    public required PhaseMetrics TrainingWithoutDropout { get; init; }

    /// <summary>Phase 0 on the validation images; null without any.</summary>
    public PhaseMetrics? Validation { get; init; }

    /// <summary>|accuracy gap| up to which the phases count as consistent.</summary>
    public required double Tolerance { get; init; }

    /// <summary>Training phase minus inference phase, dropout off: what BatchNorm does.</summary>
    public MetricGap NormalizationGap => MetricGap.Between(TrainingWithoutDropout, Inference);

    /// <summary>Training phase with dropout minus training phase without.</summary>
    public MetricGap DropoutGap => MetricGap.Between(Training, TrainingWithoutDropout);

    /// <summary>Training images minus validation images, both in inference phase; null without validation.</summary>
    public MetricGap? GeneralizationGap => Validation is null ? null : MetricGap.Between(Inference, Validation);

    /// <summary>Training phase on training images minus inference phase on validation images: the gap that people see, and the sum of the other three.</summary>
    public MetricGap? TotalGap => GeneralizationGap is not { } generalization ? null : new(
        NormalizationGap.Accuracy + DropoutGap.Accuracy + generalization.Accuracy,
        NormalizationGap.Loss + DropoutGap.Loss + generalization.Loss);

    /// <summary>|NormalizationGap of accuracy| is at most <see cref="Tolerance"/>.</summary>
    public bool Consistent => Math.Abs(NormalizationGap.Accuracy) <= Tolerance + 1e-12;

    /// <summary>One word.</summary>
    public LearningPhaseVerdict Verdict => (Consistent, GeneralizationGap?.Accuracy > OverfitGap) switch
    {
        (true, false) => LearningPhaseVerdict.Consistent,
        (true, true) => LearningPhaseVerdict.Overfit,
        (false, false) => LearningPhaseVerdict.PhaseSkew,
        (false, true) => LearningPhaseVerdict.Both,
    };

    /// <summary>A sentence of cause and one of remedy.</summary>
    public required string Explanation { get; init; }

    /// <summary>The generalisation gap of accuracy above which the verdict is Overfit.</summary>
    public const double OverfitGap = 0.1;
}
