using PSTransfer.Core.Diagnosis.Statistics;

namespace PSTransfer.Core.Tests.Diagnosis.Statistics;

/// <summary>
/// Few values have few resamples, whose quantiles can be counted by hand. The 2.5 % and 97.5 % points lie far from the steps of each
/// distribution here, so that 2,000 draws find them whatever the seed.
/// </summary>
public sealed class BootstrapTests
{
    [Theory]
    [InlineData(new[] { 3.0 }, 3, 3)]
    [InlineData(new[] { 0.0, 0, 0 }, 0, 0)]
    [InlineData(new[] { 0.0, 1 }, 0, 1)]                          // means 0, 1/2, 1 with 1/4, 1/2, 1/4
    [InlineData(new[] { 0.0, 0, 0, 1 }, 0, 0.75)]                 // Binomial(4, 1/4)/4: P(≤ 2) = 0.949, P(≤ 3) = 0.996
    [InlineData(new[] { -1.0, 0, 0, 0 }, -0.75, 0)]
    [InlineData(new[] { 0.0, 0, 0, 0, 0, 1, 1, 1, 1, 1 }, 0.2, 0.8)] // Binomial(10, 1/2)/10: P(≤ 1) = 0.011, P(≤ 2) = 0.055
    [InlineData(new[] { 0.0, 2 }, 0, 2)]
    public void OfAMean(double[] values, double lower, double upper)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            Assert.Equal(new ConfidenceInterval(lower, upper), Bootstrap.OfMean(values, seed));
        }
    }

    [Fact]
    public void OfADifferenceBetweenTwoSets()
    {
        // Both means are 0, 1/2, 1 with 1/4, 1/2, 1/4: the difference is -1 and 1 with 1/16 each.
        Assert.Equal(new ConfidenceInterval(-1, 1), Bootstrap.OfDifference([0, 1], [0, 0], [0, 1], [0, 0], seed: 1));

        // The second set has no spread: 1/2 - 1 plus or minus 1/2.
        Assert.Equal(new ConfidenceInterval(-1, 0), Bootstrap.OfDifference([0, 1], [0, 0], [1, 1, 1], [0, 0, 0], seed: 1));
    }

    [Fact]
    public void EachClassIsResampledByItself()
    {
        // Within a class all values are equal, so that resampling changes nothing; over both it would.
        Assert.Equal(
            new ConfidenceInterval(0.25, 0.25), Bootstrap.OfDifference([0, 0, 1, 1], [0, 0, 1, 1], [0, 1, 0, 0], [0, 1, 0, 0], seed: 1));
        Assert.NotEqual(
            new ConfidenceInterval(0.25, 0.25), Bootstrap.OfDifference([0, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], seed: 1));

        // 4 images: one class of two with 0 and 1, one of two with 0 and 0. The mean is 0, 1/4, 1/2.
        Assert.Equal(new ConfidenceInterval(0, 0.5), Bootstrap.OfDifference([0, 0, 1, 0], [0, 1, 0, 1], [0], [0], seed: 1));
    }

    [Fact]
    public void TheSeedDecides()
    {
        var values = Enumerable.Range(0, 50).Select(i => Math.Sin(i)).ToArray();
        Assert.Equal(Bootstrap.OfMean(values, 1), Bootstrap.OfMean(values, 1));
        Assert.NotEqual(Bootstrap.OfMean(values, 1), Bootstrap.OfMean(values, 2));
    }

    /// <summary>
    /// Of 400 experiments with 200 images each, 95 % of the intervals should hold the truth: 380, give or take 13 (three standard errors).
    /// </summary>
    [Theory]
    [InlineData(0.8)]
    [InlineData(0.5)]
    public void AnIntervalHoldsTheTruthAsOftenAsItSays(double chance)
    {
        var random = new Random(3);
        var held = Enumerable.Range(0, 400).Count(seed => Holds(Bootstrap.OfMean(Draw(random, 200, chance), seed), chance));
        Assert.InRange(held, 367, 393);
    }

    [Fact]
    public void AnIntervalBetweenTwoSetsHoldsTheTruthAsOftenAsItSays()
    {
        // Two classes, of which one is right more often: 0.9 and 0.6 in training, 0.8 and 0.5 in validation, so that the gap is 0.1.
        var random = new Random(4);
        int[] first = [.. Enumerable.Range(0, 200).Select(i => i % 2)];
        int[] second = [.. Enumerable.Range(0, 400).Select(i => i % 2)];
        var held = Enumerable.Range(0, 400).Count(seed => Holds(
            Bootstrap.OfDifference(
                [.. first.Select(label => Draw(random, label == 0 ? 0.9 : 0.6))], first,
                [.. second.Select(label => Draw(random, label == 0 ? 0.8 : 0.5))], second, seed),
            0.1));
        Assert.InRange(held, 367, 393);
    }

    private static double[] Draw(Random random, int count, double chance) =>
        [.. Enumerable.Range(0, count).Select(_ => Draw(random, chance))];

    private static double Draw(Random random, double chance) => random.NextDouble() < chance ? 1 : 0;

    private static bool Holds(ConfidenceInterval interval, double truth) => interval.Lower <= truth && truth <= interval.Upper;
}
