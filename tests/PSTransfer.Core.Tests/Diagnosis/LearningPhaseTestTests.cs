using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Freezing;
using PSTransfer.Core.Layers;
using PSTransfer.Core.Models;
using PSTransfer.Core.Tests.Freezing;
using PSTransfer.Core.Tests.Models;
using PSTransfer.Core.Tests.Training;
using PSTransfer.Core.Training;
using TorchSharp;
using Xunit;

namespace PSTransfer.Core.Tests.Diagnosis;

public sealed class LearningPhaseTestTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<FreezeMode> Modes => [.. Enum.GetValues<FreezeMode>()];

    [Theory]
    [MemberData(nameof(Modes))]
    public void NothingInTheModelChanges(FreezeMode mode)
    {
        using var network = Network(mode, dropout: 0.5);
        network.Classes = ["class0", "class1"];
        var before = Bits.Of(network);
        var layers = network.Describe();

        new LearningPhaseTest(network).Run(Images.Make(40), Images.Make(10, seed: 3), token: Token);
        ModelMeasurement.Make(network, Images.Make(40), LearningPhase.Training, 16, 1, Token);

        Bits.AssertEqual(before, Bits.Of(network));
        Assert.Equal(layers, network.Describe());
        Assert.All(network.Layers, layer => Assert.All(layer.Parameters, p => Assert.True(p.Value.grad is null && p.Value.requires_grad == layer.Learns)));
        Assert.Equal(["class0", "class1"], network.Classes);
        Assert.Empty(network.History);
    }

    [Theory]
    [InlineData(FreezeMode.Inference)]
    [InlineData(FreezeMode.Statistics)]
    public void UnderPinnedStatisticsThePhasesAgreeExactly(FreezeMode mode)
    {
        using var network = Network(mode);
        var report = new LearningPhaseTest(network).Run(Images.Make(40), null, token: Token);
        Assert.Equal(report.Inference, report.Dynamic);
        Assert.Equal(report.Inference, report.Training);
        Assert.Equal(report.Inference, report.TrainingWithoutDropout);
        Assert.Equal(LearningPhaseVerdict.Consistent, report.Verdict);
    }

    [Theory]
    [InlineData(FreezeMode.None)]
    [InlineData(FreezeMode.Legacy)]
    [InlineData(FreezeMode.Drifting)]
    [InlineData(FreezeMode.LiveBatchNorm)]
    public void UnderBatchStatisticsThePhasesDiffer(FreezeMode mode)
    {
        using var network = Network(mode);
        var report = new LearningPhaseTest(network).Run(Images.Make(40), null, token: Token);
        Assert.NotEqual(report.Inference.Loss, report.Training.Loss);
        Assert.Equal(report.Inference, report.Dynamic);
        Assert.Equal(report.Training, report.TrainingWithoutDropout);
    }

    /// <summary>Real passes: a layer that doesn't do what its mode says is found out, although every mode says Inference.</summary>
    [Fact]
    public void ABrokenLayerIsFoundOut()
    {
        var spec = SmallNetwork.Create().Spec with { Layout = g => { g.Apply(new NoisyInTraining(), g.Conv("conv1", GraphBuilder.Input, 4, kernel: 3)); return null; } };
        using var network = TransferNetwork.Create(spec, new ImageShape(8, 8, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, seed: 2);
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);

        var report = new LearningPhaseTest(network).Run(Images.Make(40), null, token: Token);

        Assert.NotEqual(report.Inference.Loss, report.TrainingWithoutDropout.Loss);
    }

    [Fact]
    public void DropoutShowsInItsOwnGapOnly()
    {
        using var network = Network(FreezeMode.Inference, dropout: 0.9);
        var report = new LearningPhaseTest(network).Run(Images.Make(40), null, token: Token);
        Assert.Equal(new MetricGap(0, 0), report.NormalizationGap);
        Assert.NotEqual(0, report.DropoutGap.Loss);
        Assert.Equal(LearningPhaseVerdict.Consistent, report.Verdict);
    }

    [Fact]
    public void ImagesSortedByClassAreJudgedLikeShuffledOnes()
    {
        // Batches of one class have their own mean, which normalising by the batch takes away: unshuffled, the answer is another one.
        using var network = Network(FreezeMode.Legacy);
        var sorted = Images.Make(200);
        new Trainer(network, new TrainingOptions { Epochs = 5, Optimizer = OptimizerKind.Adam, LearningRate = 0.02 }).Fit(sorted, null, Token);
        var mixed = Enumerable.Range(0, 400).ToArray();
        new Random(5).Shuffle(mixed);

        var bySorted = new LearningPhaseTest(network).Run(sorted, null, token: Token).Training;
        var byMixed = new LearningPhaseTest(network).Run(sorted.Subset(mixed, "mixed"), null, token: Token).Training;
        var unshuffled = new Evaluator(network, 32).Run(sorted, isTraining: true, dropout: false, seed: null, token: Token);

        Assert.InRange(Math.Abs(bySorted.Accuracy - byMixed.Accuracy), 0, 0.03);
        Assert.True(unshuffled.Accuracy < bySorted.Accuracy - 0.2, $"{unshuffled} without a shuffle, {bySorted} with it");
    }

    [Fact]
    public void TheSameSeedGivesTheSameReport()
    {
        using var network = Network(FreezeMode.Legacy, dropout: 0.5);
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));

        PhaseMetrics Run(int seed) => new LearningPhaseTest(network) { Seed = seed }.Run(Images.Make(40), null, token: Token).Training;
    }

    [Fact]
    public void StepsLimitTheImages()
    {
        using var network = Network(FreezeMode.None);
        var report = new LearningPhaseTest(network) { Steps = 2, BatchSize = 16 }.Run(Images.Make(40), Images.Make(30), token: Token);
        Assert.All([report.Dynamic, report.Inference, report.Training, report.TrainingWithoutDropout], metrics => Assert.Equal(32, metrics.Count));
        Assert.Equal(60, report.Validation!.Count);
    }

    /// <summary>Legacy is what springs the trap elsewhere; by four real passes it does nothing to a network without BatchNorm.</summary>
    [Fact]
    public void WithoutBatchNormTheExplanationSaysThatTheTrapCannotOccur()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("vgg16"), new ImageShape(32, 32, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, seed: 2);
        new FreezePlan { Mode = FreezeMode.Legacy }.Apply(network);

        // One class alone is all right or all wrong for a network that knows nothing, which looks like overfitting.
        var images = Images.Make(4, size: 32);
        var reports = ((int[][])[[0, 1, 2, 3], [4, 5, 6, 7]]).Select(one => new LearningPhaseTest(network).Run(images, images.Subset(one, "one"), token: Token)).ToList();

        Assert.Equal([LearningPhaseVerdict.Consistent, LearningPhaseVerdict.Overfit], reports.Select(report => report.Verdict).Order());
        Assert.All(reports, report => Assert.Equal(report.Inference, report.TrainingWithoutDropout));
        Assert.All(reports, report => Assert.EndsWith("vgg16 has no BatchNorm layer, so the trap can't occur here.", report.Explanation, StringComparison.Ordinal));
        using var other = Network(FreezeMode.Inference);
        Assert.DoesNotContain("can't occur", new LearningPhaseTest(other).Run(Images.Make(4), null, token: Token).Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void TheTrapIsExplainedWithItsRemedy()
    {
        using var network = Network(FreezeMode.Legacy);
        var images = Images.Make(perClass: 40, contrast: 16);
        new Trainer(network, new TrainingOptions { Epochs = 10, BatchSize = 16, Optimizer = OptimizerKind.Adam, LearningRate = 0.05 }).Fit(images, null, Token);

        var report = new LearningPhaseTest(network).Run(images, null, token: Token);

        Assert.Equal(LearningPhaseVerdict.PhaseSkew, report.Verdict);
        Assert.Contains("Set-FreezeMode Inference and train the head anew", report.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.1, 32, null)]
    [InlineData(double.NaN, 32, null)]
    [InlineData(0.02, 0, null)]
    [InlineData(0.02, 32, 0)]
    public void SettingsOutOfRangeAreRefused(double tolerance, int batchSize, int? steps)
    {
        using var network = Network(FreezeMode.None);
        var error = Assert.Throws<PSTransferException>(() =>
            new LearningPhaseTest(network) { Tolerance = tolerance, BatchSize = batchSize, Steps = steps }.Run(Images.Make(4), null, token: Token));
        Assert.Equal(FaultKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public void ABatchOfOneValueIsRefused()
    {
        using var network = SmallNetwork.Create(classes: 2, size: 1);
        var error = Assert.Throws<PSTransferException>(() => new LearningPhaseTest(network) { BatchSize = 4 }.Run(Images.Make(1, size: 1).Subset([0, 1, 0, 1, 0], "five"), null, token: Token));
        Assert.Contains("over a single value", error.Message, StringComparison.Ordinal);
    }

    private static TransferNetwork Network(FreezeMode mode, double dropout = 0)
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale, dropout: dropout);
        new FreezePlan { Mode = mode }.Apply(network);
        return network;
    }

    private sealed class NoisyInTraining() : UnaryLayer("noise")
    {
        protected override torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.IsTraining ? x.mul(1.5) : x.alias();
    }
}
