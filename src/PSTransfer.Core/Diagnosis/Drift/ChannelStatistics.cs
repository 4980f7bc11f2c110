using PSTransfer.Core.Networks.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>The mean and biased variance of each channel over <paramref name="Count"/> values.</summary>
/// <param name="Count">The number of values per channel: images times height times width.</param>
/// <param name="Mean">The mean by channel.</param>
/// <param name="Variance">The variance by channel, divided by <paramref name="Count"/>, as BatchNorm normalises.</param>
internal sealed record ChannelStatistics(long Count, double[] Mean, double[] Variance)
{
    /// <summary>The statistics rounded to float32, as a layer stores them.</summary>
    public MovingStatistics Rounded() => new(Array.ConvertAll(Mean, x => (float)x), Array.ConvertAll(Variance, x => (float)x));

    /// <summary>Whether all numbers are in the range of float32.</summary>
    public bool IsFinite => Mean.Concat(Variance).All(x => float.IsFinite((float)x));
}

/// <summary>
/// Pools statistics batch by batch in double, by Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
/// variances" (1979). Beyond double's rounding, the result depends on neither the size nor the order of the batches. Sums of squares would
/// lose all digits if a mean is large against its deviation.
/// </summary>
internal sealed class PooledMoments(int channels)
{
    private readonly double[] _mean = new double[channels];
    private readonly double[] _squares = new double[channels]; // sums of squared distances to the mean
    private long _count;

    /// <summary>The statistics pooled so far.</summary>
    public ChannelStatistics Result => new(_count, [.. _mean], Array.ConvertAll(_squares, sum => sum / _count));

    /// <summary>Adds a batch.</summary>
    /// <param name="x">N×C×H×W or N×C.</param>
    public void Add(Tensor x)
    {
        using var scope = NewDisposeScope();
        var values = x.to(float64);
        long[] dimensions = [.. Enumerable.Range(0, (int)x.dim()).Where(d => d != 1)];
        var (batchVariance, batchMean) = var_mean(values, dimensions, unbiased: false);
        var (means, variances) = (batchMean.cpu().data<double>().ToArray(), batchVariance.cpu().data<double>().ToArray());
        var count = x.numel() / channels;
        var total = _count + count;
        for (var c = 0; c < channels; c++)
        {
            var distance = means[c] - _mean[c];
            _mean[c] += distance * count / total;
            _squares[c] += (variances[c] * count) + (distance * distance * _count / total * count);
        }

        _count = total;
    }
}
