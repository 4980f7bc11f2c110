using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Diagnosis.LearningPhases;

/// <summary>What a report means, in a sentence of cause and one of remedy.</summary>
internal static class LearningPhaseExplanation
{
    /// <summary>The report with its two sentences.</summary>
    public static LearningPhaseReport Explain(this LearningPhaseReport report, TransferNetwork network)
    {
        var byBatch = network.BatchNorms.Where(norm => norm.NormalizesBy == NormalizationSource.Batch).ToList();
        var frozen = byBatch.Count(norm => !norm.Learns);
        var gap = report.NormalizationGap;
        var phases =
            $"On the same images accuracy is {report.TrainingWithoutDropout.Accuracy:0.000} in the training phase and "
            + $"{report.Inference.Accuracy:0.000} in inference";
        var immune = network.BatchNorms.Any()
            ? string.Empty
            : $", and {network.Spec.Name} has no BatchNorm layer, so the trap can't occur here";
        var skew = byBatch.Count == 0
            ? "although no BatchNorm layer normalises by the batch"
            : $"since {byBatch.Count} of {network.BatchNorms.Count()} BatchNorm "
                + $"layers{(frozen > 0 ? $" ({frozen} of them frozen)" : string.Empty)} normalise by the mini-batch there and by moving "
                + "statistics in evaluation";
        var mend = (byBatch.Count, frozen) switch
        {
            (0, _) => "Look for a layer that behaves differently in training (Get-ModelLayer -Model $model)",
            (_, > 0) =>
                "Set-FreezeMode Inference and train the head anew (Invoke-FineTune), or keep the weights and recompute the moving "
                + "statistics (Repair-BatchNorm -Model $model -Dataset $data)",
            _ =>
                "Let the moving statistics adapt (Invoke-FineTune with more -Epochs or a lower -BatchNormMomentum), recompute them "
                + "(Repair-BatchNorm -Model $model -Dataset $data), or pin them (Set-FreezeMode Statistics) and train on",
        };
        var unseen = $"validation images reach only {report.Validation?.Accuracy:0.000}";
        var (cause, remedy) = report.Verdict switch
        {
            LearningPhaseVerdict.Consistent => (
                $"{phases}: the phases agree within {report.Tolerance}{immune}",
                "Nothing needs mending; Test-LearningPhase -Quiet keeps watch over it in CI"),
            LearningPhaseVerdict.PhaseSkew => ($"{phases}, {skew}", mend),
            LearningPhaseVerdict.Overfit => (
                $"{phases}, so BatchNorm isn't the cause, but {unseen}{immune}",
                "Give Invoke-FineTune more images or -Augmentation, or the model a smaller head or -Dropout (Add-ClassifierHead -Force)"),
            LearningPhaseVerdict.Both =>
                ($"{phases}, {skew}; besides, {unseen}", $"{mend}; then Test-LearningPhase shows what overfitting is left"),
            _ when report.Skewed is null => (
                $"{phases}, but with {report.Inference.Count} images that gap's 95 % interval, {gap.AccuracyInterval}, still touches "
                + $"the tolerance of {report.Tolerance}: it may be chance",
                "Give Test-LearningPhase a -Dataset of more images, and leave -Steps away"),
            _ => (
                $"{phases}, and {unseen}, but that gap's 95 % interval, {report.GeneralizationGap!.AccuracyInterval}, still touches the "
                + $"limit of {LearningPhaseReport.OverfitGap}: it may be chance{immune}",
                "Give Test-LearningPhase a -ValidationDataset of more images"),
        };
        return report with { Cause = cause + ".", Remedy = remedy + "." };
    }
}
