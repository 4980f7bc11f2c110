namespace PSTransfer.Core.Tests.Training;

/// <summary>Stages, the best epoch, the average, accumulated gradients: what a run does beyond the plain loop.</summary>
public sealed class RunTests
{
    private static readonly LabeledImages Data = Images.Make(20);
    private static readonly LabeledImages Validation = Images.Make(8, seed: 9);

    [Fact]
    public void TwoStagesAreTwoRunsButForTheirNumbers()
    {
        using var staged = Network();
        var options = new TrainingOptions
        {
            BatchSize = 40, LearningRate = 0.05, Momentum = 0.9,
            Stages = [
                new() { Mode = FreezeMode.Inference, Epochs = 2 },
                new() { Mode = FreezeMode.Statistics, LayerPatterns = ["*conv2"], Epochs = 3, LearningRate = 0.01 }
            ],
        };
        var run = Fit(staged, options);

        using var apart = Network();
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(apart);
        Fit(apart, options with { Stages = [], Epochs = 2 });
        new FreezePlan { Mode = FreezeMode.Statistics, LayerPatterns = ["*conv2"] }.Apply(apart);
        Fit(apart, options with { Stages = [], Epochs = 3, LearningRate = 0.01 });

        Assert.Equal([1, 2, 3, 4, 5], run.History.Select(epoch => epoch.Epoch));
        Assert.Equal([0.05, 0.05, 0.01, 0.01, 0.01], run.History.Select(epoch => epoch.LearningRate));
        Assert.Equal(5, staged.History.Count);
        Assert.Equal(staged.Describe(), apart.Describe());
        Assert.Contains("Stage 1: ", run.FeatureCache, StringComparison.Ordinal);
        Assert.Contains("; Stage 2: ", run.FeatureCache, StringComparison.Ordinal);

        // One batch holds all images: only their order differs, and with it the last digits.
        foreach (var (a, b) in staged.State.Zip(apart.State))
        {
            Assert.Equal(a.Value.data<float>().ToArray(), b.Value.data<float>().ToArray(), (x, y) => Math.Abs(x - y) < 1e-4);
        }
    }

    public static TheoryData<string, string, TrainingStage[]> WrongStages => new()
    {
        { "Epochs", "-Stage 2: Epochs must be at least 1, not 0.", [new(), new() { Epochs = 0 }] },
        { "rate", "-Stage 1: LearningRate must be a positive number, at most 3.4e38 (float32), not -1.", [new() { LearningRate = -1 }] },
        {
            "layers twice",
            "-Stage 1: First excludes names of layers: choose them one way.",
            [new() { Mode = FreezeMode.None, LayerPatterns = ["*"], First = 1 }]
        },
        { "no mode", "-Stage 1: Mode is missing for the layers that are chosen.", [new() { First = 1 }] },
        {
            "no such layer",
            "-Stage 2: No layer of small matches -Layer 'conv9'.",
            [new(), new() { Mode = FreezeMode.None, LayerPatterns = ["conv9"] }]
        },
        {
            "nothing learns",
            "-Stage 3: Nothing in 'small' learns",
            [new(), new(), new() { Mode = FreezeMode.Inference, LayerPatterns = ["*"] }]
        },
    };

    [Theory]
    [MemberData(nameof(WrongStages))]
    public void AStageThatCannotWorkIsNamedBeforeAnyWork(string what, string message, TrainingStage[] stages)
    {
        Assert.NotEmpty(what);
        using var network = Network();
        var (before, modes) = (Bits.Of(network), network.Describe());
        var error = Assert.Throws<PSTransferException>(() => Fit(network, new TrainingOptions { Stages = stages }));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Bits.AssertEqual(before, Bits.Of(network));
        Assert.Equal(modes, network.Describe());
        Assert.Empty(network.History);
    }

    [Fact]
    public void AWarmUpThatLeavesNothingIsRefused()
    {
        using var network = Network();
        var error = Assert.Throws<PSTransferException>(() =>
            Fit(network, new TrainingOptions { Epochs = 2, BatchSize = 20, WarmupSteps = 4 }));
        Assert.StartsWith("-WarmupSteps 4 leaves nothing of the 4 updates of the run.", error.Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "-WarmupSteps 2147483647 leaves nothing of the 2147483646 updates of the run.",
            Assert.Throws<PSTransferException>(() =>
                Fit(network, new TrainingOptions { Epochs = 2, StepsPerEpoch = 1073741823, WarmupSteps = int.MaxValue })).Message,
            StringComparison.Ordinal);
        Fit(network, new TrainingOptions { Epochs = 2, BatchSize = 20, WarmupSteps = 3 });
    }

    [Fact]
    public void NumbersBeyondInt32AreCounted()
    {
        using var network = Network();
        var plan = RunPlan.Make(network, new TrainingOptions { BatchSize = int.MaxValue, AccumulationSteps = int.MaxValue }, Data, null);
        Assert.Equal((1, 1), (plan.Steps, plan.Updates));
        Assert.Equal(int.MaxValue, new TrainingOptions { Stages = [new() { Epochs = int.MaxValue }, new() { Epochs = 1 }] }.TotalEpochs);
        Fit(network, new TrainingOptions { BatchSize = int.MaxValue });
    }

    [Fact]
    public void TheBestEpochComesBack()
    {
        // Swapped labels: what is learnt makes the validation loss worse, so an early epoch is the best.
        var options = new TrainingOptions { Epochs = 6, BatchSize = 16, LearningRate = 0.1, EarlyStopping = 2, RestoreBest = true };
        using var network = Network();
        var run = new Trainer(network, options).Fit(Data, Swapped(), TestContext.Current.CancellationToken);

        Assert.Equal(StopReason.EarlyStopping, run.Stopped);
        Assert.Equal(run.BestEpoch + 2, run.History.Count);
        var after =
            new Evaluator(network, 16).Run(
                Swapped(), isTraining: false, dropout: false, seed: null, token: TestContext.Current.CancellationToken).Metrics;
        Assert.Equal(run.History[run.BestEpoch - 1].ValidationLoss!.Value, after.Loss, 6);
        Assert.NotEqual(run.History[^1].ValidationLoss!.Value, after.Loss, 3);
    }

    [Fact]
    public void AnAverageIsWhatIsValidatedAndWhatIsLeft()
    {
        var options = new TrainingOptions { Epochs = 3, BatchSize = 16, LearningRate = 0.1 };
        using var plain = Network();
        using var averaged = Network();
        Fit(plain, options);
        var run = Fit(averaged, options with { WeightAverage = 0.9 });

        Assert.NotEmpty(Bits.Differences(Bits.Of(plain), Bits.Of(averaged)));
        var after =
            new Evaluator(averaged, 16).Run(
                Validation, isTraining: false, dropout: false, seed: null, token: TestContext.Current.CancellationToken).Metrics;
        Assert.Equal(run.History[^1].ValidationLoss!.Value, after.Loss, 6);
    }

    [Fact]
    public void AnAverageFollowsItsFormula()
    {
        using var network = Network();
        using var average = new WeightAverage(network, 0.5);
        var bias = network.State.Single(tensor => tensor.Key == "head.logits.bias").Value;
        Set(2);
        average.Add();
        Set(4);
        average.Add();
        average.Swap();

        // d is 2/11, then 3/12; the bias begins at 0.
        var expected = (3 / 12.0 * (9 / 11.0 * 2)) + (9 / 12.0 * 4);
        Assert.All(bias.data<float>().ToArray(), value => Assert.Equal(expected, value, 5));
        average.Swap();
        Assert.All(bias.data<float>().ToArray(), value => Assert.Equal(4, value));

        void Set(float value)
        {
            using var _ = TorchSharp.torch.no_grad();
            bias.fill_(value);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AccumulatedBatchesAreOneLargeBatch(bool weighted)
    {
        var options = new TrainingOptions
        {
            Epochs = 2,
            LearningRate = 0.1,
            Momentum = 0.9,
            ClassWeights = weighted ? new Dictionary<string, double> { ["class1"] = 3 } : null,
        };
        using var whole = Network(FreezeMode.Inference);
        using var parts = Network(FreezeMode.Inference);
        Fit(whole, options with { BatchSize = 40 });

        // 12, 12, 12 and 4 images.
        var run = Fit(parts, options with { BatchSize = 12, AccumulationSteps = 4 });

        Assert.Equal(4, run.History[0].Steps);
        foreach (var (a, b) in whole.State.Zip(parts.State))
        {
            Assert.Equal(a.Value.data<float>().ToArray(), b.Value.data<float>().ToArray(), (x, y) => Math.Abs(x - y) < 1e-5);
        }
    }

    [Fact]
    public void ALayersRateIsMultiplied()
    {
        using var full = Network(FreezeMode.Inference);
        using var half = Network(FreezeMode.Inference);
        Fit(full, new TrainingOptions { LearningRate = 0.02 });
        Fit(half, new TrainingOptions { LearningRate = 0.01, LayerRates = new Dictionary<string, double> { ["head*"] = 2 } });
        Bits.AssertEqual(Bits.Of(full), Bits.Of(half));

        var twice = new TrainingOptions { LayerRates = new Dictionary<string, double> { ["head*"] = 2, ["*logits"] = 3 } };
        Assert.Contains(
            "gives head.logits two factors: 2 by 'head*' and 3 by '*logits'",
            Assert.Throws<PSTransferException>(() => Fit(half, twice)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ARateForLayersThatNeverLearnIsTold()
    {
        var options = new TrainingOptions
        {
            LayerRates = new Dictionary<string, double> { ["conv1"] = 0.1, ["conv*"] = 0.1, ["head*"] = 2, ["relu*"] = 2 }
        };
        Assert.Equal(["conv1", "conv*", "relu*"], Told(options));
        Assert.Equal(
            ["conv1", "relu*"], Told(options with { Stages = [new(), new() { Mode = FreezeMode.None, LayerPatterns = ["conv2"] }] }));

        static List<string> Told(TrainingOptions options)
        {
            using var network = Network(FreezeMode.Inference);
            List<string> warnings = [];
            new Trainer(network, options, new Observing(warned: warnings.Add)).Fit(Data, null, TestContext.Current.CancellationToken);
            Assert.All(
                warnings,
                warning => Assert.Contains("does nothing: no layer of that name learns in this run", warning, StringComparison.Ordinal));
            return [.. warnings.Select(warning => warning.Split('\'')[1])];
        }
    }

    [Fact]
    public void ASweepSuggestsARateAndLeavesTheModelAlone()
    {
        using var network = Network();
        var before = Bits.Of(network);
        var sweep = LearningRateFinder.Run(
            network, Data, new TrainingOptions { BatchSize = 16 }, 1e-5, 10, 60, null, TestContext.Current.CancellationToken);
        Bits.AssertEqual(before, Bits.Of(network));
        Assert.Empty(network.History);
        Assert.Equal(1e-5, sweep.Points[0].LearningRate, 12);
        Assert.Equal(Math.Pow(1e6, 1 / 59.0), sweep.Points[1].LearningRate / sweep.Points[0].LearningRate, 9);
        Assert.InRange(sweep.Suggestion!.Value, 1e-4, 5);
        Assert.Equal(
            sweep.Points,
            LearningRateFinder.Run(
                network, Data, new TrainingOptions { BatchSize = 16 }, 1e-5, 10, 60, null, TestContext.Current.CancellationToken).Points);
    }

    [Fact]
    public void TheSteepestFallIsSuggested()
    {
        double[] losses = [2, 2, 1.9, 1.5, 1.4, 3];
        var points = losses.Select((loss, i) => new LearningRatePoint(Math.Pow(10, i - 5), loss, loss)).ToList();
        Assert.Equal(1e-3, LearningRateFinder.Steepest(points)!.Value, 9);
        Assert.Null(LearningRateFinder.Steepest([.. points.Take(2)]));
        Assert.Null(LearningRateFinder.Steepest([.. points.Select(point => point with { SmoothedLoss = 1 })]));
    }

    private static TransferNetwork Network(FreezeMode mode = FreezeMode.None)
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale);
        new FreezePlan { Mode = mode }.Apply(network);
        return network;
    }

    private static TrainingResult Fit(TransferNetwork network, TrainingOptions options) =>
        new Trainer(network, options).Fit(Data, Validation, TestContext.Current.CancellationToken);

    private static LabeledImages Swapped()
    {
        var images = Enumerable.Range(0, Data.Count).Select(i =>
        {
            var pixels = new byte[8 * 8 * 3];
            Data.Read(i, pixels);
            return pixels;
        });
        return LabeledImages.FromMemory(
            "swapped",
            new SampleChoice(
                ["class0", "class1"],
                [.. Enumerable.Range(0, Data.Count)],
                [.. Enumerable.Range(0, Data.Count).Select(i => 1 - Data.LabelOf(i))]),
            new ImageShape(8, 8, 3), [.. images], new ImageDatasetOptions(), []);
    }
}
