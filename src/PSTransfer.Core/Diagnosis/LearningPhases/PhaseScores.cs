using PSTransfer.Core.Evaluation;

namespace PSTransfer.Core.Diagnosis.LearningPhases;

/// <summary>How a phase fares image by image, in the order of the set: one pass, or the mean of several over the same images.</summary>
/// <param name="Metrics">The means over the images.</param>
/// <param name="Right">1 for a right answer, 0 for a wrong one; shares where passes were averaged.</param>
/// <param name="Losses">The loss of each image.</param>
/// <param name="Labels">The class of each image.</param>
internal sealed record PhaseScores(PhaseMetrics Metrics, double[] Right, double[] Losses, int[] Labels)
{
    /// <summary>The mean of passes over the same images.</summary>
    public static PhaseScores Of(params IReadOnlyList<Answers> passes)
    {
        PhaseMetrics[] metrics = [.. passes.Select(pass => pass.Metrics)];
        return new PhaseScores(
            new PhaseMetrics(metrics.Average(pass => pass.Loss), metrics.Average(pass => pass.Accuracy), passes[0].Count),
            [.. Enumerable.Range(0, passes[0].Count).Select(image => passes.Average(pass => pass.IsRight(image) ? 1.0 : 0.0))],
            [.. Enumerable.Range(0, passes[0].Count).Select(image => passes.Average(pass => (double)pass.Losses[image]))],
            passes[0].Labels);
    }
}
