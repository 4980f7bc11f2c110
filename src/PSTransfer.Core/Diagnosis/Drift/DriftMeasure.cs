using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>
/// Distances between what a BatchNorm layer stores and what enters it. Each channel counts as a Gaussian, N(stored mean, s²) and
/// N(actual mean, a²), where s² and a² are the variances plus the layer's eps, since it divides by their roots: a channel that is always
/// zero stays finite. All are without unit, unchanged if a channel is scaled, and averaged over the channels.
/// </summary>
internal static class DriftMeasure
{
    /// <summary>Mean of |actual mean − stored mean| / s.</summary>
    public static double MeanShift(MovingStatistics stored, ChannelStatistics actual, double epsilon) =>
        Channels(stored, actual, epsilon).Average(channel => Math.Abs(channel.Shift));

    /// <summary>Geometric mean of a² / s².</summary>
    public static double VarianceRatio(MovingStatistics stored, ChannelStatistics actual, double epsilon) =>
        Math.Exp(Channels(stored, actual, epsilon).Average(channel => Math.Log(channel.Ratio)));

    /// <summary>
    /// The one number: the mean of the symmetric Kullback-Leibler divergence KL(stored, actual) + KL(actual, stored), in nats (Jeffreys, "An
    /// invariant form for the prior probability in estimation problems", 1946). docs/diagnosis.md shows why this one.
    /// </summary>
    public static double Drift(MovingStatistics stored, ChannelStatistics actual, double epsilon) =>
        Channels(stored, actual, epsilon).Average(channel =>
            0.5 * (channel.Ratio + (1 / channel.Ratio) - 2 + (channel.Shift * channel.Shift * (1 + (1 / channel.Ratio)))));

    /// <summary>Per channel the shift of the mean in units of s, and a² / s².</summary>
    internal static IEnumerable<(double Shift, double Ratio)> Channels(MovingStatistics stored, ChannelStatistics actual, double epsilon)
    {
        for (var c = 0; c < actual.Mean.Length; c++)
        {
            var variance = stored.Variance[c] + epsilon;
            yield return ((actual.Mean[c] - stored.Mean[c]) / Math.Sqrt(variance), (actual.Variance[c] + epsilon) / variance);
        }
    }
}
