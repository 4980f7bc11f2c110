using System.Text.Json.Serialization;
using PSTransfer.Core.Diagnosis.Drift;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Diagnosis.LearningPhases;

/// <summary>The same weights evaluated under each learning phase, and the gap that people see split into its causes.</summary>
public sealed record LearningPhaseReport
{
    /// <summary>The generalisation gap of accuracy above which the verdict is Overfit.</summary>
    public const double OverfitGap = 0.1;

    private const double Rounding = 1e-12;

    /// <summary>The phase that a framework picks by itself in evaluation.</summary>
    public required PhaseMetrics Dynamic { get; init; }

    /// <summary>Phase 0.</summary>
    public required PhaseMetrics Inference { get; init; }

    /// <summary>Phase 1, dropout included: what Keras prints. The mean over <see cref="Shuffles"/>.</summary>
    public required PhaseMetrics Training { get; init; }

    /// <summary>Phase 1 with dropout off, the mean over the same shuffles.</summary>
    public required PhaseMetrics TrainingWithoutDropout { get; init; }

    /// <summary>Phase 0 on the validation images; null without any.</summary>
    public PhaseMetrics? Validation { get; init; }

    /// <summary>Orders of the images under which phase 1 was run; 1 where the first gave phase 0's answers to the last bit.</summary>
    public required int Shuffles { get; init; }

    /// <summary>|accuracy gap| up to which the phases count as agreeing.</summary>
    public required double Tolerance { get; init; }

    /// <summary>Training phase minus inference phase, dropout off: what BatchNorm does.</summary>
    public required MetricGap NormalizationGap { get; init; }

    /// <summary>Training phase with dropout minus training phase without.</summary>
    public required MetricGap DropoutGap { get; init; }

    /// <summary>
    /// Training images minus validation images, both in inference phase; null without validation, 0 where they are the same images.
    /// </summary>
    public MetricGap? GeneralizationGap { get; init; }

    /// <summary>Of <see cref="TotalGap"/>, which has its own: intervals don't add up.</summary>
    internal (ConfidenceInterval Accuracy, ConfidenceInterval Loss) TotalIntervals { get; init; }

    /// <summary>
    /// Training phase on training images minus inference phase on validation images: the gap that people see, and the sum of the other
    /// three.
    /// </summary>
    public MetricGap? TotalGap => GeneralizationGap is not { } generalization ? null : new(
        NormalizationGap.Accuracy + DropoutGap.Accuracy + generalization.Accuracy,
        NormalizationGap.Loss + DropoutGap.Loss + generalization.Loss,
        TotalIntervals.Accuracy,
        TotalIntervals.Loss);

    /// <summary>The training phase by batch size, where it was asked for; empty otherwise, and without BatchNorm layers.</summary>
    public IReadOnlyList<BatchSensitivity> Sensitivity { get; init; } = new Listed<BatchSensitivity>([]);

    /// <summary>|NormalizationGap of accuracy| is at most <see cref="Tolerance"/>.</summary>
    public bool PhasesAgree => Math.Abs(NormalizationGap.Accuracy) <= Tolerance + Rounding;

    /// <summary>
    /// One word. A gap of accuracy within its limit doesn't count: the normalisation gap within <see cref="Tolerance"/> either way, the
    /// generalisation gap up to <see cref="OverfitGap"/>. It counts where its whole interval lies beyond the limit. In between it may be
    /// chance, and the verdict is Undetermined, unless the phases disagree for certain, which must be mended first anyway.
    /// </summary>
    public LearningPhaseVerdict Verdict => (Skewed, Overfitted) switch
    {
        (false, false) => LearningPhaseVerdict.Consistent,
        (false, true) => LearningPhaseVerdict.Overfit,
        (true, true) => LearningPhaseVerdict.Both,
        (true, _) => LearningPhaseVerdict.PhaseSkew,
        _ => LearningPhaseVerdict.Undetermined,
    };

    /// <summary>A sentence that says what was found and where it comes from.</summary>
    public required string Cause { get; init; }

    /// <summary>A sentence that says what to do, naming the cmdlet.</summary>
    public required string Remedy { get; init; }

    /// <summary><see cref="Cause"/> and <see cref="Remedy"/>.</summary>
    public string Explanation => $"{Cause} {Remedy}";

    /// <summary>The accuracy of <see cref="Inference"/>, in a column of its own.</summary>
    [JsonIgnore]
    public double InferenceAccuracy => Inference.Accuracy;

    /// <summary>The loss of <see cref="Inference"/>, in a column of its own.</summary>
    [JsonIgnore]
    public double InferenceLoss => Inference.Loss;

    /// <summary>The accuracy of <see cref="Training"/>, in a column of its own.</summary>
    [JsonIgnore]
    public double TrainingAccuracy => Training.Accuracy;

    /// <summary>The loss of <see cref="Training"/>, in a column of its own.</summary>
    [JsonIgnore]
    public double TrainingLoss => Training.Loss;

    /// <summary>The accuracy of <see cref="Validation"/>, in a column of its own.</summary>
    [JsonIgnore]
    public double? ValidationAccuracy => Validation?.Accuracy;

    /// <summary>The loss of <see cref="Validation"/>, in a column of its own.</summary>
    [JsonIgnore]
    public double? ValidationLoss => Validation?.Loss;

    /// <summary>The accuracy of <see cref="NormalizationGap"/>.</summary>
    [JsonIgnore]
    public double NormalizationGapAccuracy => NormalizationGap.Accuracy;

    /// <summary>The loss of <see cref="NormalizationGap"/>.</summary>
    [JsonIgnore]
    public double NormalizationGapLoss => NormalizationGap.Loss;

    /// <summary>The accuracy of <see cref="DropoutGap"/>.</summary>
    [JsonIgnore]
    public double DropoutGapAccuracy => DropoutGap.Accuracy;

    /// <summary>The loss of <see cref="DropoutGap"/>.</summary>
    [JsonIgnore]
    public double DropoutGapLoss => DropoutGap.Loss;

    /// <summary>The accuracy of <see cref="GeneralizationGap"/>.</summary>
    [JsonIgnore]
    public double? GeneralizationGapAccuracy => GeneralizationGap?.Accuracy;

    /// <summary>The loss of <see cref="GeneralizationGap"/>.</summary>
    [JsonIgnore]
    public double? GeneralizationGapLoss => GeneralizationGap?.Loss;

    /// <summary>The accuracy of <see cref="TotalGap"/>.</summary>
    [JsonIgnore]
    public double? TotalGapAccuracy => TotalGap?.Accuracy;

    /// <summary>The loss of <see cref="TotalGap"/>.</summary>
    [JsonIgnore]
    public double? TotalGapLoss => TotalGap?.Loss;

    /// <summary>Null where it may be chance.</summary>
    internal bool? Skewed => PhasesAgree ? false
        : NormalizationGap.AccuracyInterval.Lower > Tolerance + Rounding || NormalizationGap.AccuracyInterval.Upper < -Tolerance - Rounding
        ? true
        : null;

    /// <summary>Null where it may be chance.</summary>
    internal bool? Overfitted => GeneralizationGap is not { } gap || gap.Accuracy <= OverfitGap + Rounding ? false
        : gap.AccuracyInterval.Lower > OverfitGap + Rounding ? true : null;
}
