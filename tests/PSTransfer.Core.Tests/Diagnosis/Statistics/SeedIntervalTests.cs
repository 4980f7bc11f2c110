using PSTransfer.Core.Diagnosis.Statistics;

namespace PSTransfer.Core.Tests.Diagnosis.Statistics;

public sealed class SeedIntervalTests
{
    // Printed in tables of Student's t, column 0.975 (two-sided 0.95).
    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(2, 4.3027)]
    [InlineData(3, 3.1824)]
    [InlineData(4, 2.7764)]
    [InlineData(5, 2.5706)]
    [InlineData(9, 2.2622)]
    [InlineData(10, 2.2281)]
    [InlineData(30, 2.0423)]
    [InlineData(120, 1.9799)]
    [InlineData(1000, 1.9623)]
    public void QuantilesAreThoseOfTheTables(int degrees, double expected) => Assert.Equal(expected, SeedInterval.Quantile(degrees), 5e-5);

    [Fact]
    public void AnIntervalIsTheMeanWithTTimesTheStandardError()
    {
        // Deviations -0.05, 0, -0.03, 0.05, 0.03: s² = 0.0068/4, s/√5 = 0.0184391, times 2.776445.
        var interval = SeedInterval.Of([0.70, 0.75, 0.72, 0.80, 0.78])!.Value;

        Assert.Equal(0.75 - 0.0511952, interval.Lower, 1e-6);
        Assert.Equal(0.75 + 0.0511952, interval.Upper, 1e-6);
    }

    [Fact]
    public void EqualValuesLeaveNoWidth() => Assert.Equal(new ConfidenceInterval(0.5, 0.5), SeedInterval.Of([0.5, 0.5, 0.5]));

    [Fact]
    public void OneSeedHasNone() => Assert.Null(SeedInterval.Of([0.5]));
}
