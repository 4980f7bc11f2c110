using System.Text.Json.Serialization;
using PSTransfer.Core.Diagnosis.Statistics;

namespace PSTransfer.Core.Diagnosis.LearningPhases;

/// <summary>Where a value lies with 95 % confidence.</summary>
public readonly record struct ConfidenceInterval(double Lower, double Upper)
{
    /// <summary>What stands behind ± where the value is in the middle.</summary>
    [JsonIgnore]
    public double HalfWidth => (Upper - Lower) / 2;

    /// <inheritdoc/>
    public override string ToString() => $"[{Lower:+0.000;-0.000;0.000}, {Upper:+0.000;-0.000;0.000}]";
}

/// <summary>A difference between two evaluations, first minus second, and how far other images of the same kind might move it.</summary>
/// <param name="Accuracy">-1 to 1.</param>
/// <param name="Loss">Mean loss per image.</param>
/// <param name="AccuracyInterval">95 % confidence, by bootstrap over images.</param>
/// <param name="LossInterval">The same for the loss.</param>
public sealed record MetricGap(double Accuracy, double Loss, ConfidenceInterval AccuracyInterval, ConfidenceInterval LossInterval)
{
    /// <summary>No difference, in any image.</summary>
    public static MetricGap Zero { get; } = new(0, 0, default, default);

    /// <inheritdoc/>
    public override string ToString() => $"accuracy {Accuracy:+0.000;-0.000;0.000} {AccuracyInterval}, loss {Loss:+0.0000;-0.0000;0.0000}";

    /// <summary>Between two passes over the same images: the paired bootstrap.</summary>
    internal static MetricGap Paired(PhaseScores first, PhaseScores second, int seed) => new(
        first.Metrics.Accuracy - second.Metrics.Accuracy,
        first.Metrics.Loss - second.Metrics.Loss,
        Bootstrap.OfMean(Difference(first.Right, second.Right), seed),
        Bootstrap.OfMean(Difference(first.Losses, second.Losses), seed));

    /// <summary>Between two sets of images: the stratified two-sample bootstrap.</summary>
    internal static MetricGap BetweenSets(PhaseScores first, PhaseScores second, int seed) => new(
        first.Metrics.Accuracy - second.Metrics.Accuracy,
        first.Metrics.Loss - second.Metrics.Loss,
        Bootstrap.OfDifference(first.Right, first.Labels, second.Right, second.Labels, seed),
        Bootstrap.OfDifference(first.Losses, first.Labels, second.Losses, second.Labels, seed));

    private static double[] Difference(double[] first, double[] second) => [.. first.Zip(second, (a, b) => a - b)];
}
