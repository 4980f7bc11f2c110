using PSTransfer.Core.Data;
using PSTransfer.Core.Freezing;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;

namespace PSTransfer.Core.Diagnosis;

/// <summary>
/// Evaluates a model's weights under each learning phase by real forward passes through its layers as they are. It takes no shortcut
/// and draws no conclusion from the modes: it exists to find out whether they do what they say.
/// </summary>
public sealed class LearningPhaseTest(TransferNetwork network)
{
    /// <summary>Images in a batch. Default: 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Batches per phase; null for all images.</summary>
    public int? Steps { get; init; }

    /// <summary>Seed of the shuffle, the same batches for every phase, and of dropout. Default: 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>|accuracy gap| up to which the phases count as consistent. Default: 0.02.</summary>
    public double Tolerance { get; init; } = 0.02;

    /// <summary>Runs the phases. Nothing in the model changes by a bit.</summary>
    /// <param name="data">The images that the model was trained on.</param>
    /// <param name="validation">Images to compare with; null for none.</param>
    /// <param name="report">Told which pass begins, of how many.</param>
    /// <param name="token">Checked at each batch.</param>
    public LearningPhaseReport Run(LabeledImages data, LabeledImages? validation, Action<string, double>? report = null, CancellationToken token = default)
    {
        Check(double.IsFinite(Tolerance) && Tolerance >= 0, nameof(Tolerance), $"at least 0, not {Tolerance}");
        Check(BatchSize >= 1, nameof(BatchSize), $"at least 1, not {BatchSize}");
        Check(Steps is null or >= 1, nameof(Steps), $"at least 1, not {Steps}");
        var passes = validation is null ? 4.0 : 5.0;
        var dynamic = Pass("dynamic phase", 0, data, isTraining: false, dropout: false, Steps);
        var inference = Pass("inference phase", 1, data, isTraining: false, dropout: false, Steps);
        var training = Pass("training phase", 2, data, isTraining: true, dropout: true, Steps);
        var withoutDropout = Pass("training phase without dropout", 3, data, isTraining: true, dropout: false, Steps);
        var unseen = validation is null ? null : Pass("validation images", 4, validation, isTraining: false, dropout: false, steps: null);
        var result = new LearningPhaseReport
        {
            Dynamic = dynamic,
            Inference = inference,
            Training = training,
            TrainingWithoutDropout = withoutDropout,
            Validation = unseen,
            Tolerance = Tolerance,
            Explanation = string.Empty,
        };
        return result with { Explanation = Explain(result) };

        static void Check(bool valid, string parameter, string what)
        {
            if (!valid)
            {
                throw new PSTransferException(FaultKind.InvalidArgument, $"-{parameter} must be {what}.", parameter);
            }
        }

        PhaseMetrics Pass(string name, int index, LabeledImages images, bool isTraining, bool dropout, int? steps)
        {
            report?.Invoke(name, index / passes);
            return new Evaluator(network, BatchSize).Run(images, isTraining, dropout, Seed, steps, token: token);
        }
    }

    private string Explain(LearningPhaseReport report)
    {
        var byBatch = network.BatchNorms.Where(norm => norm.NormalizesBy == NormalizationSource.Batch).ToList();
        var frozen = byBatch.Where(norm => !norm.Learns).ToList();
        var skew = byBatch.Count == 0
            ? "although no BatchNorm layer normalises by the batch: look for a layer that behaves differently in training."
            : $"since {byBatch.Count} BatchNorm layers{(frozen.Count > 0 ? $" ({frozen.Count} of them frozen)" : string.Empty)} normalise by the mini-batch there and by moving statistics in evaluation. "
                + (frozen.Count > 0
                    ? "Set-FreezeMode Inference and train the head anew."
                    : "Train longer or lower -BatchNormMomentum so that the moving statistics adapt, or pin them with Set-FreezeMode Statistics.");
        var phases = $"On the same images accuracy is {report.TrainingWithoutDropout.Accuracy:0.000} in the training phase and {report.Inference.Accuracy:0.000} in inference";
        var immune = network.BatchNorms.Any() ? string.Empty : $" {network.Spec.Name} has no BatchNorm layer, so the trap can't occur here.";
        return report.Verdict switch
        {
            LearningPhaseVerdict.Consistent => $"{phases}: the phases agree within {Tolerance}.{immune}",
            LearningPhaseVerdict.PhaseSkew => $"{phases}, {skew}",
            LearningPhaseVerdict.Overfit => $"{phases}, so BatchNorm isn't the cause, but validation images reach only {report.Validation!.Accuracy:0.000}. More images, -Augmentation, dropout or a smaller head help.{immune}",
            _ => $"{phases}, {skew} Besides, validation images reach only {report.Validation!.Accuracy:0.000}: mend the phases first, then see what overfitting is left.",
        };
    }
}
