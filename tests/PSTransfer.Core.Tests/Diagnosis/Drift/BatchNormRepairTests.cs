namespace PSTransfer.Core.Tests.Diagnosis.Drift;

public sealed class BatchNormRepairTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static LabeledImages Data => Images.Make(40, contrast: 16);

    [Theory]
    [InlineData("resnet20")]
    [InlineData("resnet50")]
    [InlineData("keras-mobilenetv2")]
    [InlineData("densenet121")]
    public void TheInferencePhaseThenGivesWhatOneBatchOfAllImagesGives(string backbone)
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find(backbone), new(64, 64, 3), seed: 1);
        new FreezePlan { Mode = FreezeMode.Legacy }.Apply(network);
        var data = Images.Make(6, size: 64);
        using var wanted = Features(network, data, ForwardPass.Training());
        using var before = Features(network, data, ForwardPass.Inference);

        new BatchNormRepair(network) { BatchSize = 5 }.Run(data, token: Token);

        using var repaired = Features(network, data, ForwardPass.Inference);
        Assert.True(Distance(repaired, wanted) < 1e-3, $"{Distance(repaired, wanted)}");
        Assert.True(Distance(before, wanted) > 0.1, $"{Distance(before, wanted)}: the repair had nothing to do");
    }

    [Fact]
    public void TheAccuracyThatTheTrapTookReturnsAndNothingDriftsAnyMore()
    {
        using var network = BatchNormDriftTestTests.Trained();
        var phase1 = new Evaluator(network, 80).Run(Data, isTraining: true, dropout: false, seed: null, token: Token).Metrics;

        var report = new BatchNormRepair(network) { MeasuresAccuracy = true }.Run(Data, token: Token);

        Assert.Equal((2, 80), (report.Layers, report.Images));
        Assert.True(report.AccuracyAfter > report.AccuracyBefore + 0.2, $"{report}");
        Assert.Equal(phase1.Accuracy, report.AccuracyAfter);
        Assert.Equal(
            phase1.Loss,
            new Evaluator(network, 32).Run(Data, isTraining: false, dropout: false, seed: null, token: Token).Metrics.Loss,
            1e-4);
        Assert.All(new BatchNormDriftTest(network).Run(Data, token: Token), row =>
        {
            Assert.Equal(0, row.Drift, 1e-5);
            Assert.Equal(0, row.MeanShift, 1e-5);
            Assert.Equal(1, row.VarianceRatio, 1e-5);
        });
    }

    [Fact]
    public void OnlyStatisticsChange()
    {
        using var network = BatchNormDriftTestTests.Trained();
        var (before, layers, history) = (Bits.Of(network), network.Describe(), network.History);
        new BatchNormRepair(network).Run(Data, token: Token);
        Assert.Equal(
            ["bn1.running_mean", "bn1.running_var", "bn2.running_mean", "bn2.running_var"],
            Bits.Differences(before, Bits.Of(network)).Order(StringComparer.Ordinal));
        Assert.Equal(layers, network.Describe());
        Assert.Equal(history, network.History);
    }

    [Fact]
    public void OnlyTheLayersThatMatchChange()
    {
        using var network = BatchNormDriftTestTests.Trained();
        var before = Bits.Of(network);
        Assert.Equal(1, new BatchNormRepair(network) { LayerPatterns = ["BN2"] }.Run(Data, token: Token).Layers);
        Assert.Equal(["bn2.running_mean", "bn2.running_var"], Bits.Differences(before, Bits.Of(network)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(20_000L)]
    [InlineData(long.MaxValue)]
    public void WhatIsKeptBetweenLayersDoesNotChangeTheResult(long keptBytes)
    {
        using var network = BatchNormDriftTestTests.Trained();
        using var all = network.Clone();
        new BatchNormRepair(all).Run(Data, token: Token);

        var statistics = new ActivationStatistics(network, Data, BatchNormDriftTestTests.Order(80), 32, keptBytes);
        statistics.Sequential(statistics.Layers, (layer, found) => layer.WriteStatistics(found.Rounded()), Token);

        Bits.AssertEqual(Bits.Of(all), Bits.Of(network));
    }

    [Fact]
    public void APriorMixesStoredAndActualByTheirNumbersOfImages()
    {
        using var network = BatchNormDriftTestTests.Trained();
        using var precise = network.Clone();
        var stored = Statistics(network, "bn1");
        new BatchNormRepair(precise).Run(Data, token: Token);
        var actual = Statistics(precise, "bn1");

        // 80 images against a prior of 240: a quarter of what is new.
        new BatchNormRepair(network) { Prior = 240 }.Run(Data, token: Token);

        var mixed = Statistics(network, "bn1");
        for (var c = 0; c < 4; c++)
        {
            Assert.Equal((0.75 * stored.Mean[c]) + (0.25 * actual.Mean[c]), mixed.Mean[c], 1e-6);
            Assert.Equal((0.75 * stored.Variance[c]) + (0.25 * actual.Variance[c]), mixed.Variance[c], 1e-6);
        }
    }

    [Fact]
    public void ALaterLayerSeesAnEarlierMixedOne()
    {
        using var network = BatchNormDriftTestTests.Trained();
        using var step = network.Clone();
        new BatchNormRepair(network) { Prior = 40 }.Run(Data, token: Token);
        new BatchNormRepair(step) { Prior = 40, LayerPatterns = ["bn1"] }.Run(Data, token: Token);
        new BatchNormRepair(step) { Prior = 40, LayerPatterns = ["bn2"] }.Run(Data, token: Token);
        Bits.AssertEqual(Bits.Of(network), Bits.Of(step));
    }

    [Theory]
    [InlineData(VarianceEstimator.Unbiased)]
    [InlineData(VarianceEstimator.KerasFused)]
    public void TheBiasedVarianceIsStoredWhateverTheEstimator(VarianceEstimator estimator)
    {
        using var network = BatchNormDriftTestTests.Trained();
        using var other = network.Clone();
        foreach (var norm in other.BatchNorms)
        {
            norm.Estimator = estimator;
        }

        new BatchNormRepair(network).Run(Data, token: Token);
        new BatchNormRepair(other).Run(Data, token: Token);
        Bits.AssertEqual(Bits.Of(network), Bits.Of(other));
    }

    [Fact]
    public void StepsTakeASeededDrawOfTheImages()
    {
        using var network = BatchNormDriftTestTests.Trained();
        using var again = network.Clone();
        using var other = network.Clone();
        Assert.Equal(16, new BatchNormRepair(network) { BatchSize = 8, Steps = 2 }.Run(Data, token: Token).Images);
        new BatchNormRepair(again) { BatchSize = 8, Steps = 2 }.Run(Data, token: Token);
        new BatchNormRepair(other) { BatchSize = 8, Steps = 2, Seed = 1 }.Run(Data, token: Token);
        Bits.AssertEqual(Bits.Of(network), Bits.Of(again));
        Assert.NotEmpty(Bits.Differences(Bits.Of(network), Bits.Of(other)));
        Assert.Equal(80, new BatchNormRepair(network) { Steps = int.MaxValue }.Run(Data, token: Token).Images);
    }

    [Fact]
    public void UndoGivesBackEveryBitOnceOnACopyToo()
    {
        using var network = BatchNormDriftTestTests.Trained();
        var original = Bits.Of(network);
        new BatchNormRepair(network) { LayerPatterns = ["bn1"] }.Run(Data, token: Token);
        var first = Bits.Of(network);
        new BatchNormRepair(network).Run(Images.Make(40, brightness: 90), token: Token);
        using var copy = network.Clone();

        BatchNormRepair.Undo(network);
        Bits.AssertEqual(first, Bits.Of(network));
        Assert.NotEmpty(Bits.Differences(original, first));
        Assert.Equal("Undo", Assert.Throws<PSTransferException>(() => BatchNormRepair.Undo(network)).Target);

        BatchNormRepair.Undo(copy);
        Bits.AssertEqual(first, Bits.Of(copy));
    }

    [Fact]
    public void WhatCannotBeFinishedLeavesTheModelAsItWas()
    {
        using var network = BatchNormDriftTestTests.Trained();
        new BatchNormRepair(network).Run(Images.Make(40, brightness: 90), token: Token);
        var before = Bits.Of(network);
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new BatchNormRepair(network).Run(Data, (_, _) => cancel.Cancel(), cancel.Token));
        Bits.AssertEqual(before, Bits.Of(network));

        BatchNormDriftTestTests.Break(network, "conv2");
        before = Bits.Of(network);
        Assert.Equal("bn2", Assert.Throws<PSTransferException>(() => new BatchNormRepair(network).Run(Data, token: Token)).Target);
        Bits.AssertEqual(before, Bits.Of(network));

        // And the repair before these can still be undone.
        BatchNormRepair.Undo(network);
        Assert.Equal(4, Bits.Differences(before, Bits.Of(network)).Count);
    }

    [Fact]
    public void AccuracyIsMeasuredOnlyWhereTheHeadFits()
    {
        using var network = BatchNormDriftTestTests.Trained();
        Assert.Null(new BatchNormRepair(network).Run(Data, token: Token).AccuracyBefore);
        var report = new BatchNormRepair(network) { MeasuresAccuracy = true }.Run(Images.Make(8, classes: 5), token: Token);
        Assert.Equal((null, null), (report.AccuracyBefore, report.AccuracyAfter));
        Assert.Equal("2 BatchNorm layers took on the statistics of 40 images.", report.ToString());
    }

    [Theory]
    [InlineData(FreezeMode.None, false)]
    [InlineData(FreezeMode.Inference, true)]
    [InlineData(FreezeMode.Legacy, false)]
    [InlineData(FreezeMode.Drifting, false)]
    [InlineData(FreezeMode.LiveBatchNorm, false)]
    [InlineData(FreezeMode.Statistics, true)]
    public void AHeadThatMayHaveLearntFromTheStoredStatisticsIsWarnedOf(FreezeMode mode, bool warned)
    {
        using var network = BatchNormDriftTestTests.Trained();
        new FreezePlan { Mode = mode, LayerPatterns = ["bn2"] }.Apply(network);

        // bn1 stays under Legacy.
        var warning = new BatchNormRepair(network).Run(Data, token: Token).Warning;
        Assert.Null(new BatchNormRepair(network) { LayerPatterns = ["bn1"] }.Run(Data, token: Token).Warning);

        Assert.Equal(warned, warning is not null);
        if (warned)
        {
            Assert.StartsWith(
                $"A head that was trained under mode {mode} has learnt from the moving statistics that this repair replaced in bn2: its features",
                warning,
                StringComparison.Ordinal);
            Assert.Contains("-Undo", warning, StringComparison.Ordinal);

            // A new head has learnt nothing yet, whatever the model's history says.
            network.SetHead(new Head { ClassCount = 2 }, seed: 3);
            Assert.NotEmpty(network.History);
            Assert.Null(new BatchNormRepair(network).Run(Data, token: Token).Warning);
        }
    }

    [Fact]
    public void AModelWithoutBatchNormStaysAsItIs()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("vgg16"), new(32, 32, 3), seed: 1);
        Assert.Equal(0, new BatchNormRepair(network).Run(Data, token: new CancellationToken(canceled: true)).Layers);
    }

    [Fact]
    public void OptionsOutOfRangeAreNamed()
    {
        using var network = BatchNormDriftTestTests.Trained();
        Assert.Equal("Prior", Fault(new BatchNormRepair(network) { Prior = -1 }).Target);
        Assert.Equal("Prior", Fault(new BatchNormRepair(network) { Prior = double.NaN }).Target);
        Assert.Equal("Steps", Fault(new BatchNormRepair(network) { Steps = 0 }).Target);
        Assert.Equal("BatchSize", Fault(new BatchNormRepair(network) { BatchSize = 0 }).Target);
        var fault = Fault(new BatchNormRepair(network) { LayerPatterns = ["conv*"] });
        Assert.Equal(FaultKind.NotFound, fault.Kind);
        Assert.Contains("-Layer 'conv*'", fault.Message, StringComparison.Ordinal);

        PSTransferException Fault(BatchNormRepair repair) => Assert.Throws<PSTransferException>(() => repair.Run(Data, token: Token));
    }

    private static MovingStatistics Statistics(TransferNetwork network, string layer) =>
        network.BatchNorms.Single(norm => norm.Name == layer).ReadStatistics();

    private static torch.Tensor Features(TransferNetwork network, LabeledImages data, ForwardPass pass)
    {
        using var _ = torch.no_grad();
        using var batch = new BatchLoader(data, data.Count, torch.CPU).Read(BatchNormDriftTestTests.Order(data.Count), Token).Single();
        return network.Features(batch.Input, pass);
    }

    /// <summary>The largest difference, by the largest number wanted.</summary>
    private static double Distance(torch.Tensor actual, torch.Tensor wanted)
    {
        using var difference = actual - wanted;
        return Largest(difference) / Largest(wanted);

        static double Largest(torch.Tensor x)
        {
            using var absolute = x.abs();
            using var most = absolute.max();
            return most.item<float>();
        }
    }
}
