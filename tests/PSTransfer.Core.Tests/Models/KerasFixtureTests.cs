namespace PSTransfer.Core.Tests.Models;

/// <summary>Layers of the Keras family (momentum 0.99, eps 1e-3, biased stored variance) against TensorFlow.js.</summary>
public sealed class KerasFixtureTests
{
    // TensorFlow.js computes in float32 too; the fixture's check found it within 3e-7 of float64.
    private const double Tolerance = 1e-5;
    private const double Epsilon = 1e-3;

    private static JsonElement[] AllCases => [.. Fixture.Keras.GetProperty("cases").EnumerateArray()];

    public static TheoryData<string> Titles => [.. AllCases.Select(c => c.Title())];

    [Fact]
    public void TheFixtureHasTheModesThatTensorFlowJsKnows() =>
        Assert.Equal(
            [FreezeMode.None, FreezeMode.Inference, FreezeMode.Drifting, FreezeMode.Statistics],
            AllCases.Select(c => c.Mode()).Distinct().Order());

    [Theory]
    [MemberData(nameof(Titles))]
    public void FiveStepsEqualTensorFlowJs(string title) => Assert.InRange(Distance(title), 0, Tolerance);

    [Theory]
    [MemberData(nameof(Titles))]
    public void TheFamilysConventionsMatter(string title)
    {
        Assert.True(Distance(title, epsilon: 1e-5) > 10 * Tolerance);
        if (Find(title).Mode() is FreezeMode.None or FreezeMode.Drifting)
        {
            Assert.True(Distance(title, flip: norm => norm.Estimator = VarianceEstimator.Unbiased) > 10 * Tolerance);
            Assert.True(Distance(title, flip: norm => norm.Momentum = 0.1) > 10 * Tolerance);
        }
    }

    private static JsonElement Find(string title) => AllCases.Single(c => c.Title() == title);

    private static double Distance(string title, double epsilon = Epsilon, Action<BatchNorm>? flip = null)
    {
        var @case = Find(title);
        using var network = SmallNetwork.FromFixture(BackboneFamily.Keras, epsilon);
        foreach (var norm in network.BatchNorms)
        {
            flip?.Invoke(norm);
        }

        return FixtureRun.Distance(FixtureRun.Run(network, @case.Mode(), @case.Options()), FixtureRun.Expected(@case));
    }
}
