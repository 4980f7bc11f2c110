using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Diagnosis;

public sealed class PooledMomentsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(32)]
    [InlineData(100)]
    public void EqualADirectComputationInDoubleWhateverTheBatch(int batchSize)
    {
        // A mean of 10,000 deviations: sums of squares in float32 would give nonsense.
        using var x = Values(100, 5, 3, 2, offset: 10_000);
        var (mean, variance) = Direct(x);

        var pooled = new PooledMoments(5);
        for (var start = 0; start < 100; start += batchSize)
        {
            using var part = x.narrow(0, start, Math.Min(batchSize, 100 - start));
            pooled.Add(part);
        }

        Assert.Equal(600, pooled.Result.Count);
        for (var c = 0; c < 5; c++)
        {
            Assert.Equal(mean[c], pooled.Result.Mean[c], Math.Abs(mean[c]) * 1e-12);
            Assert.Equal(variance[c], pooled.Result.Variance[c], variance[c] * 1e-9);
        }
    }

    [Fact]
    public void TakeVectorsToo()
    {
        using var x = Values(10, 3, 1, 1, offset: 0);
        using var vectors = x.reshape(10, 3);
        var (maps, flat) = (new PooledMoments(3), new PooledMoments(3));
        maps.Add(x);
        flat.Add(vectors);
        Assert.Equal(maps.Result.Mean, flat.Result.Mean);
        Assert.Equal(maps.Result.Variance, flat.Result.Variance);
    }

    [Fact]
    public void DriftOfOneChannelIsWhatThePenGives()
    {
        // Stored N(1, 4), actual N(4, 16), eps 0: shift 1.5, ratio 4.
        var (stored, actual) = (new MovingStatistics([1], [4]), new ChannelStatistics(10, [4], [16]));
        Assert.Equal(1.5, DriftMeasure.MeanShift(stored, actual, 0), 12);
        Assert.Equal(4, DriftMeasure.VarianceRatio(stored, actual, 0), 12);
        Assert.Equal(0.5 * (4 + 0.25 - 2 + (2.25 * 1.25)), DriftMeasure.Drift(stored, actual, 0), 12);
    }

    [Fact]
    public void DriftAveragesChannelsAndADeadOneStaysFinite()
    {
        var (stored, actual) = (new MovingStatistics([0, 0, 0], [1, 1, 0]), new ChannelStatistics(10, [-2, 1, 0], [0.25, 4, 0]));
        Assert.Equal(1, DriftMeasure.MeanShift(stored, actual, 1e-9), 6);
        Assert.Equal(1, DriftMeasure.VarianceRatio(stored, actual, 1e-9), 6);
        Assert.Equal(0.5 * (2.25 + 2.25 + (4 * 5) + 1.25) / 3, DriftMeasure.Drift(stored, actual, 1e-9), 6);
    }

    internal static Tensor Values(int n, int channels, int height, int width, double offset)
    {
        var random = new Random(3);
        return tensor(Enumerable.Range(0, n * channels * height * width).Select(_ => (float)(offset + random.NextDouble())).ToArray())
            .reshape(n, channels, height, width);
    }

    /// <summary>Mean and biased variance of each channel by two plain passes in double.</summary>
    internal static (double[] Mean, double[] Variance) Direct(Tensor x)
    {
        using var byChannel = x.transpose(0, 1).contiguous();
        var values = byChannel
            .data<float>()
            .ToArray()
            .Chunk((int)(x.numel() / x.shape[1]))
            .Select(channel => Array.ConvertAll(channel, v => (double)v))
            .ToList();
        var means = values.Select(channel => channel.Sum() / channel.Length).ToArray();
        return (means, [.. values.Zip(means, (channel, mean) => channel.Sum(v => (v - mean) * (v - mean)) / channel.Length)]);
    }
}
