using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>
/// Measures distances between the stored statistics of a BatchNorm layer and those of its input. Each channel counts as a Gaussian,
/// N(stored mean, s²) and N(actual mean, a²). s² and a² are the variances plus the layer's eps, since the layer divides by their roots.
/// A channel that is always zero thus stays finite. All distances are without unit, unchanged if a channel is scaled, and averaged over
/// the channels.
/// </summary>
internal static class DriftMeasure
{
    /// <summary>The mean of |actual mean − stored mean| / s.</summary>
    public static double MeanShift(MovingStatistics stored, ChannelStatistics actual, double epsilon) =>
        Channels(stored, actual, epsilon).Average(channel => Math.Abs(channel.Shift));

    /// <summary>The geometric mean of a² / s².</summary>
    public static double VarianceRatio(MovingStatistics stored, ChannelStatistics actual, double epsilon) =>
        Math.Exp(Channels(stored, actual, epsilon).Average(channel => Math.Log(channel.Ratio)));

    /// <summary>
    /// The drift as one number, in nats: the mean of the symmetric Kullback-Leibler divergence KL(stored, actual) + KL(actual, stored)
    /// (Jeffreys, "An invariant form for the prior probability in estimation problems", 1946). docs/diagnosis.md gives the reasons for this
    /// measure.
    /// </summary>
    public static double Drift(MovingStatistics stored, ChannelStatistics actual, double epsilon) =>
        Channels(stored, actual, epsilon).Average(channel =>
            0.5 * (channel.Ratio + (1 / channel.Ratio) - 2 + (channel.Shift * channel.Shift * (1 + (1 / channel.Ratio)))));

    /// <summary>For each channel: the shift of the mean in units of s, and a² / s².</summary>
    internal static IEnumerable<(double Shift, double Ratio)> Channels(MovingStatistics stored, ChannelStatistics actual, double epsilon)
    {
        for (var c = 0; c < actual.Mean.Length; c++)
        {
            var variance = stored.Variance[c] + epsilon;
            yield return ((actual.Mean[c] - stored.Mean[c]) / Math.Sqrt(variance), (actual.Variance[c] + epsilon) / variance);
        }
    }
}
