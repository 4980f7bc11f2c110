using PSTransfer.Core.Layers;

namespace PSTransfer.Core.Diagnosis;

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
    /// Mean of the 2-Wasserstein distance in units of s: √(((actual mean − stored mean) / s)² + (a / s − 1)²) (Givens and Shortt 1984). It
    /// is how far the layer's output moves, in deviations, were its statistics right.
    /// </summary>
    public static double Wasserstein(MovingStatistics stored, ChannelStatistics actual, double epsilon) =>
        Channels(stored, actual, epsilon).Average(channel => Math.Sqrt((channel.Shift * channel.Shift) + Math.Pow(Math.Sqrt(channel.Ratio) - 1, 2)));

    /// <summary>Mean of the symmetric Kullback-Leibler divergence KL(stored, actual) + KL(actual, stored) (Jeffreys 1946), in nats.</summary>
    public static double SymmetricKullbackLeibler(MovingStatistics stored, ChannelStatistics actual, double epsilon) =>
        Channels(stored, actual, epsilon).Average(channel =>
            0.5 * (channel.Ratio + (1 / channel.Ratio) - 2 + (channel.Shift * channel.Shift * (1 + (1 / channel.Ratio)))));

    /// <summary>Per channel the shift of the mean in units of s, and a² / s².</summary>
    private static IEnumerable<(double Shift, double Ratio)> Channels(MovingStatistics stored, ChannelStatistics actual, double epsilon)
    {
        for (var c = 0; c < actual.Mean.Length; c++)
        {
            var variance = stored.Variance[c] + epsilon;
            yield return ((actual.Mean[c] - stored.Mean[c]) / Math.Sqrt(variance), (actual.Variance[c] + epsilon) / variance);
        }
    }
}
