namespace PSTransfer.Core.Tests.Models;

/// <summary>
/// Five steps under every mode and optimiser equal PyTorch's: losses, parameters, statistics, and logits in both phases. The script
/// that made the fixture found float32 within 9e-7 of float64 in all cases, also where the backbone learns, so one tolerance serves all.
/// </summary>
public sealed class FreezeModeFixtureTests
{
    private const double Tolerance = 1e-5;

    // A flip must miss by far more than the tolerance, or the tolerance would not tell it from rounding.
    private const double Missed = 10 * Tolerance;

    private static readonly FreezeMode[] Updating = [FreezeMode.None, FreezeMode.Drifting, FreezeMode.LiveBatchNorm];

    private static JsonElement[] AllCases => [.. Fixture.Freeze.GetProperty("cases").EnumerateArray()];

    public static TheoryData<string> Titles => [.. AllCases.Select(c => c.Title())];

    [Fact]
    public void TheFixtureHasEveryModeWithEveryOptimizer()
    {
        Assert.Equal(36, AllCases.DistinctBy(c => c.Title()).Count());
        Assert.Equal(Enum.GetValues<FreezeMode>().Order(), AllCases.Select(c => c.Mode()).Distinct().Order());
        Assert.Equal(Enum.GetValues<OptimizerKind>().Order(), AllCases.Select(c => c.Options().Optimizer).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void FiveStepsEqualPyTorchs(string title)
    {
        var @case = Find(title);
        Assert.InRange(Distance(@case), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void WhatIsFrozenKeepsEveryBitAndTheRestMoves(string title)
    {
        var @case = Find(title);
        var policy = FreezePolicy.Of(@case.Mode());
        using var network = SmallNetwork.FromFixture();
        var before = Bits.Of(network);

        FixtureRun.Run(network, @case.Mode(), @case.Options());

        var moved = before.Keys.Where(name =>
            name.StartsWith("head.", StringComparison.Ordinal)
            || (name.Contains("running", StringComparison.Ordinal)
                ? policy.UpdatesStatistics
                : name.StartsWith("bn", StringComparison.Ordinal) ? policy.BatchNormLearns
                : policy.OthersLearn));
        Assert.Equal(moved.Order(), Bits.Differences(before, Bits.Of(network)).Order());
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void AnyOtherModeMissesTheFixture(string title)
    {
        var @case = Find(title);
        foreach (var other in Enum.GetValues<FreezeMode>().Where(mode => mode != @case.Mode()))
        {
            Assert.True(Distance(@case, mode: other) > Missed, $"{title} can't be told from {other}");
        }
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void TheEstimatorMattersWhereStatisticsMove(string title) =>
        MissesExactlyUnder(Updating, title, norm => norm.Estimator = VarianceEstimator.Biased);

    [Theory]
    [MemberData(nameof(Titles))]
    public void TheStatisticsMomentumMattersWhereStatisticsMove(string title) =>
        MissesExactlyUnder(Updating, title, norm => norm.Momentum = 0.11);

    [Theory]
    [MemberData(nameof(Titles))]
    public void AnotherEpsilonMissesTheFixture(string title) => Assert.True(Distance(Find(title), epsilon: 1e-3) > Missed);

    [Theory]
    [MemberData(nameof(Titles))]
    public void EverySettingOfTheOptimizerMatters(string title)
    {
        var @case = Find(title);
        var o = @case.Options();
        AssertMisses(o with { LearningRate = o.LearningRate * 1.01 });
        AssertMisses(o with { WeightDecay = o.WeightDecay + 0.01 });
        if (o.Optimizer == OptimizerKind.SGD)
        {
            AssertMisses(o with { Momentum = o.Momentum == 0 ? 0.1 : 0.89 });
        }

        if (o.Momentum > 0)
        {
            AssertMisses(o with { Nesterov = !o.Nesterov });
        }

        if (o.Optimizer != OptimizerKind.SGD && o.WeightDecay > 0)
        {
            AssertMisses(o with { Optimizer = o.Optimizer == OptimizerKind.Adam ? OptimizerKind.AdamW : OptimizerKind.Adam });
        }

        void AssertMisses(TrainingOptions flipped) =>
            Assert.True(Distance(@case, options: flipped) > Missed, $"{title} can't be told from {flipped}");
    }

    [Fact]
    public void OneLogitLearnsByBinaryCrossEntropy()
    {
        var @case = Fixture.Freeze.GetProperty("binary");

        Assert.InRange(Distance(@case.GetProperty("labels")), 0, Tolerance);
        Assert.True(Distance(Fixture.Freeze.GetProperty("labels")) > Missed, "other labels give the same numbers");

        double Distance(JsonElement labels)
        {
            using var network = SmallNetwork.FromFixture();
            network.SetHead(new Head { ClassCount = 1 }, seed: 0);
            using (TorchSharp.torch.no_grad())
            {
                foreach (var (name, tensor) in network.HeadGraph!.Layers.SelectMany(layer => layer.State))
                {
                    tensor.copy_(@case.GetProperty("initial").GetProperty(SmallNetwork.FixtureName(name)).ToTensor());
                }
            }

            return FixtureRun.Distance(FixtureRun.Run(network, @case.Mode(), @case.Options(), labels), FixtureRun.Expected(@case));
        }
    }

    private static JsonElement Find(string title) => AllCases.Single(c => c.Title() == title);

    /// <summary>How far a case's run, with something flipped, is from its fixture.</summary>
    private static double Distance(
        JsonElement @case, FreezeMode? mode = null, TrainingOptions? options = null, double epsilon = 1e-5, Action<BatchNorm>? flip = null)
    {
        using var network = SmallNetwork.FromFixture(BackboneFamily.Torch, epsilon);
        foreach (var norm in network.BatchNorms)
        {
            flip?.Invoke(norm);
        }

        return FixtureRun.Distance(FixtureRun.Run(network, mode ?? @case.Mode(), options ?? @case.Options()), FixtureRun.Expected(@case));
    }

    private static void MissesExactlyUnder(FreezeMode[] modes, string title, Action<BatchNorm> flip)
    {
        var @case = Find(title);
        var distance = Distance(@case, flip: flip);
        if (modes.Contains(@case.Mode()))
        {
            Assert.True(distance > Missed, $"{distance} is too near");
        }
        else
        {
            Assert.InRange(distance, 0, Tolerance);
        }
    }
}
