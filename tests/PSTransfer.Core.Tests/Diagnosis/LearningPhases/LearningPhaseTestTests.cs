namespace PSTransfer.Core.Tests.Diagnosis.LearningPhases;

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

        new LearningPhaseTest(network, new() { Sensitivity = true }).Run(Images.Make(40), Images.Make(10, seed: 3), token: Token);
        ModelMeasurement.Make(network, Images.Make(40), LearningPhase.Training, 16, 1, Token);

        Bits.AssertEqual(before, Bits.Of(network));
        Assert.Equal(layers, network.Describe());
        Assert.All(
            network.Layers,
            layer => Assert.All(layer.Parameters, p => Assert.True(p.Value.grad is null && p.Value.requires_grad == layer.Learns)));
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
        Assert.Equal((MetricGap.Zero, MetricGap.Zero, 1), (report.NormalizationGap, report.DropoutGap, report.Shuffles));
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
        Assert.Equal((MetricGap.Zero, 3), (report.DropoutGap, report.Shuffles));
    }

    /// <summary>The training phase by hand: the mean over passes whose first has the order of the other phases.</summary>
    [Fact]
    public void TheTrainingPhaseIsTheMeanOverShuffles()
    {
        using var network = Network(FreezeMode.Legacy, dropout: 0.5);
        var images = Images.Make(40, contrast: 4);
        var two = Run(2);
        var shuffles = new[] { 5, SeededRandom.For(5, 1).Next() };
        var passes = shuffles
            .Select(seed => new Evaluator(network, 32).Run(images, isTraining: true, dropout: true, seed, token: Token).Metrics)
            .ToList();

        Assert.NotEqual(passes[0], passes[1]);
        Assert.Equal(passes[0], Run(1).Training);
        Assert.Equal(passes.Average(pass => pass.Accuracy), two.Training.Accuracy, 12);
        Assert.Equal(passes.Average(pass => pass.Loss), two.Training.Loss, 12);
        Assert.Equal((80, 2, 1), (two.Training.Count, two.Shuffles, Run(1).Shuffles));

        LearningPhaseReport Run(int count) =>
            new LearningPhaseTest(network, new() { Seed = 5, Shuffles = count }).Run(images, null, token: Token);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public void TheGapsAddUpAndLieInTheirIntervals(int? steps)
    {
        using var network = Network(FreezeMode.Legacy, dropout: 0.5);
        var report = new LearningPhaseTest(network, new() { Steps = steps, BatchSize = 16 }).Run(
            Images.Make(40, contrast: 4), Images.Make(30, seed: 3, contrast: 4), token: Token);

        var (normalization, dropout, generalization, total) = (
            report.NormalizationGap, report.DropoutGap, report.GeneralizationGap!, report.TotalGap!);
        Assert.Equal(normalization.Accuracy + dropout.Accuracy + generalization.Accuracy, total.Accuracy);
        Assert.Equal(normalization.Loss + dropout.Loss + generalization.Loss, total.Loss);
        Assert.Equal(report.Training.Accuracy - report.Validation!.Accuracy, total.Accuracy, 12);
        Assert.Equal(report.TrainingWithoutDropout.Loss - report.Inference.Loss, normalization.Loss, 12);
        Assert.Equal(report.Inference.Loss - report.Validation.Loss, generalization.Loss, 12);
        Assert.All([normalization, dropout, generalization, total], gap =>
        {
            Assert.True(gap.LossInterval.Lower < gap.Loss && gap.Loss < gap.LossInterval.Upper, $"{gap} {gap.LossInterval}");
            Assert.InRange(gap.Accuracy, gap.AccuracyInterval.Lower, gap.AccuracyInterval.Upper);
        });
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public void AgainstTheSameImagesThereIsNoGeneralisationGap(int? steps)
    {
        using var network = Network(FreezeMode.Legacy, dropout: 0.5);
        var test = new LearningPhaseTest(network, new() { Steps = steps, BatchSize = 16 });
        var images = Images.Make(40, contrast: 4);

        foreach (var same in new[] { images, Images.Make(40, contrast: 4), images.Subset([.. Enumerable.Range(0, 80)], "all") })
        {
            var report = test.Run(images, same, token: Token);
            Assert.Equal(MetricGap.Zero, report.GeneralizationGap);
            Assert.Equal(report.Inference, report.Validation);
        }

        Assert.NotEqual(MetricGap.Zero, test.Run(images, Images.Make(40, seed: 3, contrast: 4), token: Token).GeneralizationGap);
    }

    [Fact]
    public void SensitivityRunsTheTrainingPhaseAtEachBatchSizeThatFits()
    {
        using var network = Network(FreezeMode.Legacy);
        var images = Images.Make(17, contrast: 4);
        var report = new LearningPhaseTest(network, new() { Sensitivity = true, Shuffles = 4 }).Run(images, null, token: Token);

        Assert.Equal([(4, 4), (8, 4), (16, 4), (32, 4)], report.Sensitivity.Select(row => (row.BatchSize, row.Shuffles)));
        Assert.All(
            report.Sensitivity,
            row =>
                Assert.True(row.Lowest <= row.Accuracy && row.Accuracy <= row.Highest && row.Spread == row.Highest - row.Lowest, $"{row}"));
        Assert.Contains(report.Sensitivity, row => row.Spread > 0);
        Assert.Empty(new LearningPhaseTest(network).Run(images, null, token: Token).Sensitivity);
    }

    /// <summary>34 images at 32: one whole batch of the first shuffle, by hand.</summary>
    [Fact]
    public void SensitivityTakesWholeBatchesOnly()
    {
        using var network = Network(FreezeMode.Legacy);
        var images = Images.Make(17, contrast: 4);
        var row =
            new LearningPhaseTest(network, new() { Sensitivity = true, Shuffles = 1, Seed = 9 })
                .Run(images, null, token: Token).Sensitivity[^1];

        var batch = images.Subset(BatchLoader.Order(34, 9, epoch: 0)[..32], "batch");
        var expected = new Evaluator(network, 32).Run(batch, isTraining: true, dropout: false, seed: null, token: Token).Metrics.Accuracy;
        Assert.Equal(new BatchSensitivity(32, 1, expected, expected, expected), row);
    }

    /// <summary>Real passes: a layer that doesn't do what its mode says is found out, although every mode says Inference.</summary>
    [Fact]
    public void ABrokenLayerIsFoundOut()
    {
        var spec =
            SmallNetwork.Create().Spec with
            {
                Layout = g => { g.Apply(new NoisyInTraining(), g.Conv("conv1", GraphBuilder.Input, 4, kernel: 3)); return null; }
            };
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
        Assert.Equal(MetricGap.Zero, report.NormalizationGap);
        Assert.NotEqual(0, report.DropoutGap.Loss);
        Assert.Equal(LearningPhaseVerdict.Consistent, report.Verdict);
    }

    [Fact]
    public void ImagesSortedByClassAreJudgedLikeShuffledOnes()
    {
        // Batches of one class have their own mean, which normalising by the batch takes away: unshuffled, the answer is another one.
        using var network = Network(FreezeMode.Legacy);
        var sorted = Images.Make(200);
        new Trainer(network, new TrainingOptions { Epochs = 5, Optimizer = OptimizerKind.Adam, LearningRate = 0.02 }).Fit(
            sorted, null, Token);
        var mixed = Enumerable.Range(0, 400).ToArray();
        new Random(5).Shuffle(mixed);

        var bySorted = new LearningPhaseTest(network).Run(sorted, null, token: Token).Training;
        var byMixed = new LearningPhaseTest(network).Run(sorted.Subset(mixed, "mixed"), null, token: Token).Training;
        var unshuffled = new Evaluator(network, 32).Run(sorted, isTraining: true, dropout: false, seed: null, token: Token).Metrics;

        Assert.InRange(Math.Abs(bySorted.Accuracy - byMixed.Accuracy), 0, 0.03);
        Assert.True(unshuffled.Accuracy < bySorted.Accuracy - 0.2, $"{unshuffled} without a shuffle, {bySorted} with it");
    }

    [Fact]
    public void TheSameSeedGivesTheSameReport()
    {
        using var network = Network(FreezeMode.Legacy, dropout: 0.5);
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));

        PhaseMetrics Run(int seed) =>
            new LearningPhaseTest(network, new() { Seed = seed }).Run(Images.Make(40), null, token: Token).Training;
    }

    [Fact]
    public void StepsLimitTheImages()
    {
        using var network = Network(FreezeMode.None);
        var report = new LearningPhaseTest(network, new() { Steps = 2, BatchSize = 16 })
            .Run(Images.Make(40), Images.Make(30), token: Token);
        Assert.All(
            [report.Dynamic, report.Inference, report.Training, report.TrainingWithoutDropout], metrics => Assert.Equal(32, metrics.Count));
        Assert.Equal(60, report.Validation!.Count);
    }

    /// <summary>Legacy is what springs the trap elsewhere; by four real passes it does nothing to a network without BatchNorm.</summary>
    [Fact]
    public void WithoutBatchNormTheExplanationSaysThatTheTrapCannotOccur()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("vgg16"), new ImageShape(32, 32, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, seed: 2);
        new FreezePlan { Mode = FreezeMode.Legacy }.Apply(network);

        // One class alone is nearly all right or all wrong for a network that knows nothing, which looks like overfitting one way round.
        var images = Images.Make(12, size: 32);
        var (first, second) = (images.Subset([.. Enumerable.Range(0, 12)], "one"), images.Subset([.. Enumerable.Range(12, 12)], "other"));
        var reports = new[] { (first, second), (second, first) }
            .Select(pair => new LearningPhaseTest(network).Run(pair.Item1, pair.Item2, token: Token))
            .ToList();

        Assert.Equal([LearningPhaseVerdict.Consistent, LearningPhaseVerdict.Overfit], reports.Select(report => report.Verdict).Order());
        Assert.All(reports, report => Assert.Equal(report.Inference, report.TrainingWithoutDropout));
        Assert.All(
            reports,
            report =>
                Assert.EndsWith("vgg16 has no BatchNorm layer, so the trap can't occur here.", report.Cause, StringComparison.Ordinal));
        Assert.All(reports, report => Assert.Equal(1, report.Shuffles));
        Assert.Empty(new LearningPhaseTest(network, new() { Sensitivity = true }).Run(images, null, token: Token).Sensitivity);
        using var other = Network(FreezeMode.Inference);
        Assert.DoesNotContain(
            "can't occur", new LearningPhaseTest(other).Run(Images.Make(4), null, token: Token).Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void TheTrapIsExplainedWithItsRemedy()
    {
        using var network = Network(FreezeMode.Legacy);
        var images = Images.Make(perClass: 40, contrast: 16);
        new Trainer(network, new TrainingOptions { Epochs = 10, BatchSize = 16, Optimizer = OptimizerKind.Adam, LearningRate = 0.05 }).Fit(
            images, null, Token);

        var report = new LearningPhaseTest(network).Run(images, null, token: Token);

        Assert.Equal(LearningPhaseVerdict.PhaseSkew, report.Verdict);
        Assert.Contains("2 of 2 BatchNorm layers (2 of them frozen)", report.Cause, StringComparison.Ordinal);
        Assert.Contains("Set-FreezeMode Inference and train the head anew", report.Remedy, StringComparison.Ordinal);
        Assert.Equal($"{report.Cause} {report.Remedy}", report.Explanation);
    }

    [Fact]
    public void FewImagesDoNotCryWolf()
    {
        // Among heads that know nothing, some differ between the phases in an image or two of six.
        using var network = Network(FreezeMode.None);
        var images = Images.Make(3, contrast: 4);
        var reports = Enumerable.Range(1, 20).Select(seed =>
        {
            network.SetHead(new Head { ClassCount = 2 }, seed);
            return new LearningPhaseTest(network).Run(images, null, token: Token);
        }).ToList();

        var gaps = reports.Where(report => report.Verdict == LearningPhaseVerdict.Undetermined).ToList();
        Assert.NotEmpty(gaps);
        Assert.All(
            gaps,
            report =>
                Assert.True(
                    !report.PhasesAgree
                        && report.Cause.Contains("may be chance", StringComparison.Ordinal)
                        && report.Remedy.Contains("-Dataset of more images", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(-0.1, 32, null, 3)]
    [InlineData(double.NaN, 32, null, 3)]
    [InlineData(0.02, 0, null, 3)]
    [InlineData(0.02, 32, 0, 3)]
    [InlineData(0.02, 32, null, 0)]
    public void SettingsOutOfRangeAreRefused(double tolerance, int batchSize, int? steps, int shuffles)
    {
        using var network = Network(FreezeMode.None);
        var error = Assert.Throws<PSTransferException>(() =>
            new LearningPhaseTest(network, new() { Tolerance = tolerance, BatchSize = batchSize, Steps = steps, Shuffles = shuffles }).Run(
                Images.Make(4), null, token: Token));
        Assert.Equal(FaultKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public void ABatchOfOneValueIsRefused()
    {
        using var network = SmallNetwork.Create(classes: 2, size: 1);
        var error = Assert.Throws<PSTransferException>(() =>
            new LearningPhaseTest(network, new() { BatchSize = 4 }).Run(
                Images.Make(1, size: 1).Subset([0, 1, 0, 1, 0], "five"), null, token: Token));
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
