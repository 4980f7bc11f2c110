namespace PSTransfer.Core.Tests.Training.Runs;

public sealed class TrainerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void TheLastBatchOfEightIsUsedAndCountsAsEight()
    {
        var images = Images.Make(perClass: 100);
        using var network = Network();
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        var reports = new List<TrainingProgress>();

        // So small a rate that the weights stay where they are to all digits that are compared.
        var run = new Trainer(network, new TrainingOptions { Epochs = 2, LearningRate = 1e-12 }, new Observing(reports.Add)).Fit(
            images, null, Token);

        Assert.Equal([7, 7], run.History.Select(epoch => epoch.Steps));
        Assert.Equal(Enumerable.Range(1, 7).Concat(Enumerable.Range(1, 7)), reports.Select(report => report.Step));
        Assert.All(reports, report => Assert.Equal((7, 2), (report.Steps, report.Epochs)));
        var whole = new Evaluator(network, 200).Run(images, isTraining: false, dropout: false, seed: null, token: Token).Metrics;
        Assert.All(run.History, epoch => Assert.Equal(whole.Loss, epoch.Loss, 6));
        Assert.All(run.History, epoch => Assert.Equal(whole.Accuracy, epoch.Accuracy));
    }

    [Fact]
    public void MetricsAreWeightedByBatchSize()
    {
        using var scope = torch.NewDisposeScope();
        var metrics = new RunningMetrics();
        metrics.Add(torch.tensor(1f), torch.tensor([0L, 1L, 1L]), torch.tensor([0L, 1L, 0L]));
        metrics.Add(torch.tensor(5f), torch.tensor([1L]), torch.tensor([0L]));
        Assert.Equal(new PhaseMetrics((3 * 1 + 5) / 4.0, 0.5, 4), metrics.Mean);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(10, 10)]
    public void StepsPerEpochMayBeLessOrMoreThanAPass(int steps, int expected)
    {
        using var network = Network();
        var count = 0;
        var run = new Trainer(network, new TrainingOptions { StepsPerEpoch = steps }, new Observing(_ => count++)).Fit(
            Images.Make(100), null, Token);
        Assert.Equal((expected, expected), (count, run.History.Single().Steps));
    }

    [Fact]
    public void ARunLearnsAndRecordsEveryEpoch()
    {
        using var network = Network();
        var images = Images.Make(40);
        var validation = Images.Make(20, seed: 8);
        var told = new List<EpochRecord>();

        var run = new Trainer(
            network,
            new TrainingOptions { Epochs = 4, Optimizer = OptimizerKind.Adam, Schedule = ScheduleKind.OneCycle, LearningRate = 0.02 },
            new Observing(epochDone: told.Add))
            .Fit(images, validation, Token);

        Assert.Equal(StopReason.Completed, run.Stopped);
        Assert.Equal([1, 2, 3, 4], run.History.Select(epoch => epoch.Epoch));
        Assert.Equal(run.History, told);
        Assert.Equal(run.History, network.History);
        Assert.Equal(images.Classes, network.Classes);
        Assert.True(run.History[^1].Loss < run.History[0].Loss && run.History[^1].Accuracy >= 0.9);
        Assert.Equal(run.History.MinBy(epoch => epoch.ValidationLoss)!.Epoch, run.BestEpoch);
        Assert.Equal(
            new LearningRateSchedule(new TrainingOptions { Epochs = 4, Schedule = ScheduleKind.OneCycle, LearningRate = 0.02 }, 3).RateAt(
                11, []),
            run.History[^1].LearningRate);
        var after = new Evaluator(network, 32).Run(validation, isTraining: false, dropout: false, seed: null, token: Token).Metrics;
        Assert.Equal((after.Loss, after.Accuracy), (run.History[^1].ValidationLoss, run.History[^1].ValidationAccuracy));
    }

    [Fact]
    public void EarlyStoppingEndsARunThatNoLongerImproves()
    {
        using var network = Network();
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);

        // Validation labels are swapped, so that whatever is learnt makes the validation loss worse.
        var images = Images.Make(40);
        var swapped = LabeledImages.FromMemory(
            "swapped",
            new SampleChoice(
                ["class0", "class1"], [.. Enumerable.Range(0, 80)], [.. Enumerable.Range(0, 80).Select(i => 1 - images.LabelOf(i))]),
            new ImageShape(8, 8, 3), [.. Enumerable.Range(0, 80).Select(i => Pixels(images, i))], new ImageDatasetOptions(), []);

        var run = new Trainer(network, new TrainingOptions { Epochs = 50, EarlyStopping = 3, LearningRate = 0.1 }).Fit(
            images, swapped, Token);

        Assert.Equal(StopReason.EarlyStopping, run.Stopped);
        Assert.Equal(run.BestEpoch + 3, run.History.Count);
        Assert.True(run.History.Count < 50);
    }

    [Theory]
    [InlineData(ScheduleKind.Constant)]
    [InlineData(ScheduleKind.OneCycle)]
    public void ALossThatIsNoNumberStopsTheRunWithEpochStepAndRate(ScheduleKind schedule)
    {
        using var network = Network();
        var steps = 0;
        var options = new TrainingOptions { Epochs = 3, LearningRate = 1e30, Schedule = schedule, BatchSize = 16 };

        var error = Assert.Throws<PSTransferException>(() =>
            new Trainer(network, options, new Observing(_ => steps++)).Fit(Images.Make(40), null, Token));

        Assert.Equal((FaultKind.Diverged, "LearningRate"), (error.Kind, error.Target));
        var (epoch, step) = ((steps / 5) + 1, (steps % 5) + 1);
        var rate = new LearningRateSchedule(options, 5).RateAt(steps, []);
        Assert.Contains($"in epoch {epoch}, step {step}, at learning rate {rate:g3}.", error.Message, StringComparison.Ordinal);
        Assert.True(steps > 0, "the first step has a loss");
    }

    [Fact]
    public void AWeightThatIsNoNumberStopsTheFirstStep()
    {
        using var network = Network();
        using (torch.no_grad())
        {
            network.BatchNorms.First().Parameters[1].Value.fill_(float.NaN);
        }

        var error = Assert.Throws<PSTransferException>(() => new Trainer(network, new TrainingOptions()).Fit(Images.Make(40), null, Token));
        Assert.Contains("became NaN in epoch 1, step 1,", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CancellationLeavesAModelThatWorks()
    {
        using var network = Network();
        using var source = new CancellationTokenSource();
        var steps = 0;

        Assert.Throws<OperationCanceledException>(() =>
            new Trainer(network, new TrainingOptions { Epochs = 100 }, new Observing(_ => { if (++steps == 5) { source.Cancel(); } })).Fit(
                Images.Make(100), null, source.Token));

        Assert.Equal(5, steps);
        Assert.True(
            double.IsFinite(
                new Evaluator(network, 32).Run(Images.Make(10), isTraining: false, dropout: false, seed: null, token: Token).Metrics.Loss));
        new Trainer(network, new TrainingOptions()).Fit(Images.Make(100), null, Token);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "no head", "has no head yet" },
        { "classes of another number", "fits a dataset of 2 classes, but 'made' has 3" },
        { "other classes than before", "The model knows cat, dog" },
        { "a loss for another head", "-Loss BinaryCrossEntropy needs one logit" },
        { "validation of other classes", "'made' has the classes class0, class1, class2" },
        { "validation of another size", "16×16×3" },
        { "images of another size", "16×16×3" },
        { "everything frozen", "Nothing in 'small' learns" },
        { "one value for batch statistics", "batch statistics over a single value" },
        { "a rate of zero", "-LearningRate must be a positive number" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void ARunThatCannotWorkIsRefusedBeforeAnythingChanges(string what, string message)
    {
        using var network = what == "one value for batch statistics"
            ? SmallNetwork.Create(classes: 2, size: 1)
            : what == "no head" ? TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(8, 8, 3), seed: 1) : Network();
        if (what == "everything frozen")
        {
            new FreezePlan { Mode = FreezeMode.Inference, LayerPatterns = ["*"] }.Apply(network);
        }

        network.Classes = what == "other classes than before" ? ["cat", "dog"] : [];
        var data = what switch
        {
            "classes of another number" => Images.Make(8, classes: 3),
            "images of another size" => Images.Make(8, size: 16),
            "one value for batch statistics" => Images.Make(1, classes: 2, size: 1).Subset([0, 1, 0, 1, 0], "made"),
            _ => Images.Make(8),
        };
        var validation = what switch
        {
            "validation of other classes" => Images.Make(8, classes: 3),
            "validation of another size" => Images.Make(8, size: 16),
            _ => null,
        };
        var options = new TrainingOptions
        {
            BatchSize = 4,
            BatchNormMomentum = 0.5,
            LearningRate = what == "a rate of zero" ? 0 : null,
            Loss = what == "a loss for another head" ? LossKind.BinaryCrossEntropy : LossKind.Auto,
        };
        var before = (Bits.Of(network), network.Describe(), network.Classes, network.BatchNorms.Select(norm => norm.Momentum).ToList());

        var error = Assert.Throws<PSTransferException>(() => new Trainer(network, options).Fit(data, validation, Token));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Bits.AssertEqual(before.Item1, Bits.Of(network));
        Assert.Equal(before.Item2, network.Describe());
        Assert.Equal(before.Classes, network.Classes);
        Assert.Equal(before.Item4, network.BatchNorms.Select(norm => norm.Momentum));
        Assert.Empty(network.History);
    }

    [Fact]
    public void TheNumberOfLiveTensorsStaysFlat()
    {
        // What earlier tests have left to the collector would be counted as it goes.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale, dropout: 0.5);
        var images = Images.Make(20);
        var counts = new List<long>();
        var options = new TrainingOptions
        {
            Epochs = 12, BatchSize = 16, Optimizer = OptimizerKind.Adam, Augmentation = new Augmentation(true, 10, 2),
        };

        new Trainer(network, options, new Observing(epochDone: _ => counts.Add(torch.Tensor.TotalCount))).Fit(images, images, Token);

        Assert.Equal(12, counts.Count);
        Assert.Equal(counts[3], counts[11]);
    }

    private static TransferNetwork Network() => SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale);

    private static byte[] Pixels(LabeledImages images, int index)
    {
        var pixels = new byte[8 * 8 * 3];
        images.Read(index, pixels);
        return pixels;
    }
}
