using PSTransfer.Core.Diagnosis.Comparison;

namespace PSTransfer.Core.Tests.Diagnosis.Comparison;

public sealed class FreezeModeComparisonTests
{
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 10, BatchSize = 16, Optimizer = OptimizerKind.Adam, LearningRate = 0.05
    };

    private static readonly LabeledImages Training = Images.Make(40, contrast: 16);

    private static readonly LabeledImages Unseen = Images.Make(20, seed: 3, contrast: 16);

    [Fact]
    public void TheModelGivenKeepsEveryBitAndItsModes()
    {
        using var network = Network();
        new FreezePlan { Mode = FreezeMode.Statistics, LayerPatterns = ["bn1"] }.Apply(network);
        var before = Bits.Of(network);
        var layers = network.Describe();

        foreach (var mode in Enum.GetValues<FreezeMode>())
        {
            Compare(network, mode, Options with { Epochs = 1 }, repeats: 2, Enum.GetValues<FreezeModeRepair>());
        }

        Bits.AssertEqual(before, Bits.Of(network));
        Assert.Equal(layers, network.Describe());
        Assert.Empty(network.History);
        Assert.Empty(network.Classes);
        Assert.All(network.Layers.SelectMany(layer => layer.Parameters), p => Assert.Null(p.Value.grad));
    }

    [Fact]
    public void LegacySkewsAndInferenceDoesNot()
    {
        using var network = Network();

        var legacy = Run(network, FreezeMode.Legacy, Options);
        var inference = Run(network, FreezeMode.Inference, Options);

        Assert.Equal((FreezeMode.Legacy, FreezeMode.Inference), (legacy.Mode, inference.Mode));
        Assert.True(legacy.Verdict == LearningPhaseVerdict.PhaseSkew && legacy.NormalizationGap.Accuracy > 0.2, $"{legacy}");
        Assert.Equal(MetricGap.Zero, inference.NormalizationGap);
        Assert.Equal(inference.InferencePhase, inference.TrainingPhase);
    }

    [Fact]
    public void EachModeStartsFromTheSameWeightsHeadAndOrder()
    {
        using var network = Network();
        var first = Run(network, FreezeMode.Legacy, Options);
        Run(network, FreezeMode.None, Options);
        Assert.Equal(Timeless(first), Timeless(Run(network, FreezeMode.Legacy, Options)));
    }

    [Fact]
    public void TheTargetIsReachedInTheFirstEpochThatReachesIt()
    {
        using var network = Network();
        Assert.Equal(1, Run(network, FreezeMode.None, Options, target: 0).EpochsToTarget);
        Assert.Null(Run(network, FreezeMode.None, Options, target: 1.01).EpochsToTarget);
        using var copy = network.Clone();
        var history =
            new Trainer(copy, Options).Fit(
                Images.Make(40, contrast: 16), Images.Make(20, seed: 3, contrast: 16), TestContext.Current.CancellationToken).History;
        var best = history.Max(epoch => epoch.ValidationAccuracy)!.Value;
        Assert.Equal(
            history.First(epoch => epoch.ValidationAccuracy == best).Epoch,
            Run(network, FreezeMode.None, Options, target: best).EpochsToTarget);
    }

    [Fact]
    public void EachRepairStartsFromWhatTrainingLeft()
    {
        using var network = Network();
        FreezeModeRepair[] all = [FreezeModeRepair.Mixed, FreezeModeRepair.Prior, FreezeModeRepair.Precise, FreezeModeRepair.None];

        var together = Compare(network, FreezeMode.Drifting, Options, repeats: 1, all);

        Assert.Equal(all, together.Select(row => row.Repair));
        Assert.Equal(
            together.Select(row => Timeless(row).Single()),
            all.Select(repair => Timeless(Compare(network, FreezeMode.Drifting, Options, 1, repair).Single()).Single()));
        Assert.All(
            together, row => Assert.Equal((together[0].FitAccuracy, together[0].TrainingPhase), (row.FitAccuracy, row.TrainingPhase)));
        Assert.Equal(4, together.Select(row => row.InferencePhase).Distinct().Count());
    }

    [Fact]
    public void PreciseIsARepairWithTheTrainingImagesAndPriorOneWithAPrior()
    {
        using var network = Network();
        var rows = Compare(network, FreezeMode.Legacy, Options, 1, FreezeModeRepair.Precise, FreezeModeRepair.Prior);

        foreach (var (row, prior) in rows.Zip([0.0, 16.0]))
        {
            using var copy = network.Clone();
            new FreezePlan { Mode = FreezeMode.Legacy }.Apply(copy);
            new Trainer(copy, Options).Fit(Training, Unseen, TestContext.Current.CancellationToken);
            new BatchNormRepair(copy) { Prior = prior }.Run(Training, token: TestContext.Current.CancellationToken);
            var test = new LearningPhaseTest(copy, new() { BatchSize = 16 })
                .Run(Training, Unseen, token: TestContext.Current.CancellationToken);
            Assert.Equal(
                (test.Training, test.Inference, test.Validation, test.NormalizationGap),
                (row.TrainingPhase, row.InferencePhase, row.Validation, row.NormalizationGap));
        }

        Assert.True(rows[0].InferencePhase.Accuracy > Run(network, FreezeMode.Legacy, Options).InferencePhase.Accuracy + 0.2);
    }

    [Fact]
    public void WithoutAShareOfTheBatchAMixtureIsTheModelAsItIs()
    {
        using var network = Network();
        var rows = new FreezeModeComparison(
            network) { Options = Options, Repairs = [FreezeModeRepair.None, FreezeModeRepair.Mixed], BatchShare = 0 }
            .Run(FreezeMode.Legacy, Training, Unseen, token: TestContext.Current.CancellationToken);

        Assert.Equal(
            Timeless(rows[0]).Single() with { EpochsToTarget = null }, Timeless(rows[1]).Single() with { Repair = FreezeModeRepair.None });
    }

    [Fact]
    public void WithNothingButTheBatchOfAllImagesItIsTheTrainingPhase()
    {
        using var network = Network();
        var row = Assert.Single(
            new FreezeModeComparison(
                network) { Options = Options with { BatchSize = 80 }, Repairs = [FreezeModeRepair.Mixed], BatchShare = 1 }
                .Run(FreezeMode.Legacy, Training, Unseen, token: TestContext.Current.CancellationToken));

        Assert.Equal(row.TrainingPhase.Accuracy, row.InferencePhase.Accuracy);
        Assert.Equal(row.TrainingPhase.Loss, row.InferencePhase.Loss, 1e-6);
        Assert.NotEqual(
            row.InferencePhase.Loss, Run(network, FreezeMode.Legacy, Options with { BatchSize = 80 }).InferencePhase.Loss, 1e-3);
    }

    [Fact]
    public void RepeatsAreTheRunsOfTheirSeedsEachWithAHeadOfItsOwn()
    {
        using var network = Network();
        var row = Compare(network, FreezeMode.Legacy, Options with { Seed = 5 }, repeats: 3, FreezeModeRepair.None).Single();

        Assert.Equal([5, 6, 7], row.Seeds);
        foreach (var run in row.Runs)
        {
            using var copy = network.Clone();
            copy.SetHead(copy.Head!, run.Seed);
            Assert.Equal(Timeless(Run(copy, FreezeMode.Legacy, Options with { Seed = run.Seed })).Single(), run with { Seconds = 0 });
        }
    }

    [Theory]
    [InlineData(FreezeMode.Inference)]
    [InlineData(FreezeMode.Statistics)]
    public void APinnedModeIsTestedAsItIs(FreezeMode mode)
    {
        using var network = Network();
        Assert.Equal(
            FreezeModeRepair.None,
            Compare(network, mode, Options with { Epochs = 1 }, 1, Enum.GetValues<FreezeModeRepair>()).Single().Repair);
        Assert.Equal(
            FreezeModeRepair.None, Compare(network, mode, Options with { Epochs = 1 }, 1, FreezeModeRepair.Precise).Single().Repair);
    }

    [Fact]
    public void SoIsAModelWithoutBatchNorm()
    {
        var spec = new BackboneSpec
        {
            Name = "plain",
            Family = BackboneFamily.Torch,
            DefaultImageSize = 8,
            MinimumImageSize = 1,
            Preprocessing = Preprocessing.Rescale,
            Reference = "none",
            Layout = g =>
            {
                g.Relu("relu1", g.Conv("conv1", GraphBuilder.Input, 4, kernel: 3));
                return null;
            },
        };
        using var network = TransferNetwork.Create(spec, new ImageShape(8, 8, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, 2);

        Assert.Equal(
            FreezeModeRepair.None,
            Compare(
                network, FreezeMode.Legacy, Options with { Epochs = 1 }, 1, FreezeModeRepair.None,
                FreezeModeRepair.Precise).Single().Repair);
    }

    [Fact]
    public void WhatCanNotWorkIsRefusedByItsParametersName()
    {
        using var network = Network();
        Refused("Repeat", new FreezeModeComparison(network) { Repeats = 0 });
        Refused("Seed", new FreezeModeComparison(network) { Repeats = 2, Options = new TrainingOptions { Seed = int.MaxValue } });
        Refused("Prior", new FreezeModeComparison(network) { Prior = -1 });
        Refused("Prior", new FreezeModeComparison(network) { Prior = double.NaN });
        Refused("BatchShare", new FreezeModeComparison(network) { BatchShare = 1.5 });
        Refused("BatchShare", new FreezeModeComparison(network) { BatchShare = double.NaN });

        static void Refused(string parameter, FreezeModeComparison comparison)
        {
            var fault = Assert.Throws<PSTransferException>(() => comparison.Run(FreezeMode.Legacy, Training, null));
            Assert.Equal(FaultKind.InvalidArgument, fault.Kind);
            Assert.Contains($"-{parameter} ", fault.Message);
        }
    }

    private static IReadOnlyList<FreezeModeRow> Compare(
        TransferNetwork network, FreezeMode mode, TrainingOptions options, int repeats, params FreezeModeRepair[] repairs) =>
        new FreezeModeComparison(network) { Options = options, Repeats = repeats, Repairs = repairs }.Run(
            mode, Training, Unseen, token: TestContext.Current.CancellationToken);

    private static IEnumerable<FreezeModeRun> Timeless(FreezeModeRow row) => row.Runs.Select(run => run with { Seconds = 0 });

    private static TransferNetwork Network()
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale);
        SmallNetwork.AdaptStatistics(network, Images.Make(perClass: 40, brightness: 30, contrast: 16));
        return network;
    }

    private static FreezeModeRow Run(TransferNetwork network, FreezeMode mode, TrainingOptions options, double target = 0.9) =>
        Assert.Single(
            new FreezeModeComparison(network) { Options = options, TargetAccuracy = target, Repairs = [FreezeModeRepair.None] }
                .Run(mode, Training, Unseen, token: TestContext.Current.CancellationToken));
}
