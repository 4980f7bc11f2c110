namespace PSTransfer.Core.Tests.Native;

/// <summary>
/// How exactly libtorch sums batch statistics in each order of memory: the figures of
/// docs/decisions/0014-channels-last-where-it-is-faster.md.
/// </summary>
public sealed class BatchStatisticsSumsTests
{
    /// <summary>
    /// Evaluations use the plain order, whose sums are in double precision. Steps of fit use channels last, whose sums are in single
    /// precision.
    /// </summary>
    [Theory]
    [InlineData(false, 1e-6)]
    [InlineData(true, 1e-3)]
    public void MeanAndVarianceAreThoseOfDoublePrecision(bool channelsLast, double tolerance)
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(1, torch.CPU);
        const int images = 16, channels = 8, side = 112;
        const double count = images * side * side;
        var plain = torch.randn([images, channels, side, side], generator: random, device: torch.CPU) + 10;
        var maps = channelsLast ? plain.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : plain;
        var mean = torch.zeros(channels, device: torch.CPU);
        var variance = torch.ones(channels, device: torch.CPU);

        // With momentum 1 libtorch leaves the batch's mean and unbiased variance in the buffers it is given.
        torch.nn.functional.batch_norm(maps, mean, variance, null, null, training: true, momentum: 1);

        var exact = plain.to(torch.float64).transpose(0, 1).reshape(channels, -1);
        var exactVariance = exact.var([1], unbiased: false) * count / (count - 1);
        Assert.InRange(Largest((variance.to(torch.float64) - exactVariance) / exactVariance), 0, tolerance);
        Assert.InRange(Largest((mean.to(torch.float64) - exact.mean([1])) / exactVariance.sqrt()), 0, tolerance);

        static double Largest(torch.Tensor differences) => differences.abs().max().item<double>();
    }
}
