using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using TorchSharp;

namespace PSTransfer.Core.Diagnosis.LearningPhases;

/// <summary>An evaluation image by image, in the order of the set.</summary>
/// <param name="Metrics">Its means.</param>
/// <param name="Right">1 for a right answer, 0 for a wrong one; shares where passes were averaged.</param>
/// <param name="Losses">The loss of each image.</param>
/// <param name="Labels">The class of each image.</param>
internal sealed record PhaseScores(PhaseMetrics Metrics, double[] Right, double[] Losses, int[] Labels)
{
    /// <summary>Runs one pass; see <see cref="Evaluator.Run"/>.</summary>
    public static PhaseScores Run(TransferNetwork network, LabeledImages data, int batchSize, bool isTraining, bool dropout, int seed, CancellationToken token)
    {
        var objective = Objective.For(network, data);
        var right = new double[data.Count];
        var losses = new double[data.Count];
        var metrics = new Evaluator(network, batchSize).Run(data, isTraining, dropout, seed, Keep, token);
        return new PhaseScores(metrics, right, losses, [.. Enumerable.Range(0, data.Count).Select(data.LabelOf)]);

        void Keep(Batch batch, torch.Tensor logits, torch.Tensor predictions)
        {
            using var each = objective.LossPerImage(logits, batch.Labels);
            using var lossValues = each.cpu();
            using var answers = predictions.cpu();
            var batchLosses = lossValues.data<float>();
            var batchAnswers = answers.data<long>();
            for (var i = 0; i < batch.Count; i++)
            {
                losses[batch.Indices[i]] = batchLosses[i];
                right[batch.Indices[i]] = batchAnswers[i] == data.LabelOf(batch.Indices[i]) ? 1 : 0;
            }
        }
    }

    /// <summary>The mean of several passes over the same images.</summary>
    public static PhaseScores Mean(IReadOnlyList<PhaseScores> passes) => passes is [var only] ? only : new(
        new PhaseMetrics(passes.Average(pass => pass.Metrics.Loss), passes.Average(pass => pass.Metrics.Accuracy), passes[0].Metrics.Count),
        MeanOf(passes, pass => pass.Right),
        MeanOf(passes, pass => pass.Losses),
        passes[0].Labels);

    /// <summary>Whether another pass gave every image the same answer and the same loss, to the last bit.</summary>
    public bool AgreesWith(PhaseScores other) => Right.AsSpan().SequenceEqual(other.Right) && Losses.AsSpan().SequenceEqual(other.Losses);

    private static double[] MeanOf(IReadOnlyList<PhaseScores> passes, Func<PhaseScores, double[]> values) =>
        [.. Enumerable.Range(0, passes[0].Right.Length).Select(image => passes.Average(pass => values(pass)[image]))];
}
