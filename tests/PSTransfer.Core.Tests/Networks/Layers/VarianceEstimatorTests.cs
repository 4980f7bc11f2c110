namespace PSTransfer.Core.Tests.Networks.Layers;

/// <summary>One update of the moving statistics under each estimator, against numbers computed by hand in float64.</summary>
public sealed class VarianceEstimatorTests
{
    private const double Tolerance = 1e-6;

    public static TheoryData<VarianceEstimator> Estimators => [.. Enum.GetValues<VarianceEstimator>()];

    private static JsonElement[] Updates => [.. Fixture.Freeze.GetProperty("estimators").EnumerateArray()];

    [Theory]
    [MemberData(nameof(Estimators))]
    public void AnUpdateStoresWhatItsFrameworkStores(VarianceEstimator estimator)
    {
        foreach (var update in Updates)
        {
            var (mean, variance) = Update(update, estimator);
            Assert.InRange(FixtureRun.Distance(mean, update.GetProperty("running_mean").Floats()), 0, Tolerance);
            Assert.InRange(FixtureRun.Distance(variance, Expected(update, estimator)), 0, Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Estimators))]
    public void NoOtherEstimatorStoresTheSame(VarianceEstimator estimator)
    {
        // Without momentum; at 0.99 float32 hardly resolves the difference of the two nearest.
        foreach (var update in Updates.Where(update => update.GetProperty("kerasMomentum").GetDouble() == 0))
        {
            foreach (var other in Enum.GetValues<VarianceEstimator>().Where(other => other != estimator))
            {
                Assert.True(
                    FixtureRun.Distance(Update(update, other).Variance, Expected(update, estimator)) > 10 * Tolerance,
                    $"{estimator} and {other} are the same");
            }
        }
    }

    [Fact]
    public void TheTrainingPhaseNormalisesByTheBiasedVarianceWhateverIsStored()
    {
        // Mean 1, biased variance 1, so the values become ±1 but for eps.
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(0, torch.CPU);
        foreach (var estimator in Enum.GetValues<VarianceEstimator>())
        {
            using var norm = new BatchNorm("bn", 1, epsilon: 1e-7, momentum: 0.5, estimator);
            var y = norm.Forward([torch.tensor([0f, 2f, 0f, 2f]).reshape(4, 1, 1, 1)], ForwardPass.Fit(random));
            Assert.All(y.data<float>(), value => Assert.Equal(1, Math.Abs(value), 6));
        }
    }

    private static (float[] Mean, float[] Variance) Update(JsonElement update, VarianceEstimator estimator)
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(0, torch.CPU);
        using var norm = new BatchNorm(
            "bn", 2, update.GetProperty("epsilon").GetDouble(), 1 - update.GetProperty("kerasMomentum").GetDouble(), estimator);
        using (torch.no_grad())
        {
            foreach (var (name, buffer) in norm.Buffers)
            {
                buffer.copy_(torch.tensor(update.GetProperty("initial").GetProperty(name).Floats()));
            }
        }

        norm.Forward([update.GetProperty("batch").ToTensor()], ForwardPass.Fit(random));
        return (norm.Buffers[0].Value.data<float>().ToArray(), norm.Buffers[1].Value.data<float>().ToArray());
    }

    private static float[] Expected(JsonElement update, VarianceEstimator estimator) =>
        update.GetProperty("running_var").GetProperty($"{estimator}").Floats();
}
