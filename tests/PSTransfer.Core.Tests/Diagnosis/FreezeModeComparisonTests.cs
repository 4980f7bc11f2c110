using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Freezing;
using PSTransfer.Core.Models;
using PSTransfer.Core.Tests.Freezing;
using PSTransfer.Core.Tests.Models;
using PSTransfer.Core.Tests.Training;
using PSTransfer.Core.Training;
using Xunit;

namespace PSTransfer.Core.Tests.Diagnosis;

public sealed class FreezeModeComparisonTests
{
    private static readonly TrainingOptions Options = new() { Epochs = 10, BatchSize = 16, Optimizer = OptimizerKind.Adam, LearningRate = 0.05 };

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
            Run(network, mode, Options with { Epochs = 1 });
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
        var history = new Trainer(copy, Options).Fit(Images.Make(40, contrast: 16), Images.Make(20, seed: 3, contrast: 16), TestContext.Current.CancellationToken).History;
        var best = history.Max(epoch => epoch.ValidationAccuracy)!.Value;
        Assert.Equal(history.First(epoch => epoch.ValidationAccuracy == best).Epoch, Run(network, FreezeMode.None, Options, target: best).EpochsToTarget);
    }

    private static IEnumerable<FreezeModeRun> Timeless(FreezeModeRow row) => row.Runs.Select(run => run with { Seconds = 0 });

    private static TransferNetwork Network()
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale);
        SmallNetwork.AdaptStatistics(network, Images.Make(perClass: 40, brightness: 30, contrast: 16));
        return network;
    }

    private static FreezeModeRow Run(TransferNetwork network, FreezeMode mode, TrainingOptions options, double target = 0.9) => Assert.Single(
        new FreezeModeComparison(network) { Options = options, TargetAccuracy = target, Repairs = [FreezeModeRepair.None] }
            .Run(mode, Training, Unseen, token: TestContext.Current.CancellationToken));
}
