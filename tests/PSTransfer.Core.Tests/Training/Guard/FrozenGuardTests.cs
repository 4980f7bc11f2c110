namespace PSTransfer.Core.Tests.Training.Guard;

/// <summary>A sound run gives the guard nothing to say, so faults are injected in the midst of one.</summary>
public sealed class FrozenGuardTests : IDisposable
{
    // Three steps an epoch, and so many that statistics adapt (0.9^30 = 0.04).
    // Without a cache: a frozen layer whose features are kept doesn't run.
    private static readonly TrainingOptions Options = new()
    {
        FeatureCache = "Off", Epochs = 10, BatchSize = 16, LearningRate = 0.05, Momentum = 0.9
    };

    private static readonly LabeledImages Data = Images.Make(20);

    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Path => _folder.File("run.checkpoint");

    public static TheoryData<FreezeMode> Modes => [.. Enum.GetValues<FreezeMode>()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Modes))]
    public void ASoundRunGivesNothingToReportAndNoBitIsOtherThanWithoutTheGuard(FreezeMode mode)
    {
        using var network = Network(mode);
        var warnings = new List<string>();
        new Trainer(network, Options, new Observing(warned: warnings.Add)).Fit(Data, Images.Make(8, seed: 9), Token);

        Assert.Equal(mode is FreezeMode.Legacy or FreezeMode.Drifting ? 1 : 0, warnings.Count);
        Assert.DoesNotContain(warnings, warning => warning.StartsWith("Epoch", StringComparison.Ordinal));
        using var byHand = Network(mode);
        TrainWithoutGuard(byHand);
        Bits.AssertEqual(Bits.Of(byHand), Bits.Of(network));
    }

    // Which mode a layer is flipped to in the midst of a run, and what of it is told.
    public static TheoryData<FreezeMode, FreezeMode, string[]> Flips => new()
    {
        { FreezeMode.Inference, FreezeMode.Legacy, ["normalised by the mini-batch"] },
        { FreezeMode.Inference, FreezeMode.Drifting, ["normalised by the mini-batch", "moved moving statistics"] },
        { FreezeMode.Inference, FreezeMode.None, ["normalised by the mini-batch", "moved moving statistics"] },
        { FreezeMode.Legacy, FreezeMode.Inference, ["normalised by moving statistics"] },
        { FreezeMode.Legacy, FreezeMode.Drifting, ["moved moving statistics"] },
        { FreezeMode.Drifting, FreezeMode.Legacy, ["left moving statistics as they are"] },
        { FreezeMode.LiveBatchNorm, FreezeMode.Drifting, ["gave gamma and beta no gradients"] },
        { FreezeMode.None, FreezeMode.Statistics, ["normalised by moving statistics", "left moving statistics as they are"] },
        { FreezeMode.Statistics, FreezeMode.Inference, ["gave gamma and beta no gradients"] },
    };

    [Theory]
    [MemberData(nameof(Flips))]
    public void ASwitchThatIsFlippedIsToldOncePerKindWithItsLayer(FreezeMode began, FreezeMode flipped, string[] told)
    {
        var warnings = Run(began, (2, 1), network => Norm(network, "bn1").Mode = flipped);

        Assert.Equal(told.Length, warnings.Count);
        Assert.All(warnings.Zip(told), pair =>
        {
            Assert.StartsWith($"Epoch 2: 1 BatchNorm layer (bn1) {pair.Second}", pair.First, StringComparison.Ordinal);
            Assert.Contains($"(mode {flipped}; {began} when the run began)", pair.First, StringComparison.Ordinal);
            Assert.Contains($"Set-FreezeMode {began}", pair.First, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void ASwitchThatIsFlippedIsToldOfLayersWhoseFeaturesAreCachedToo()
    {
        using var network = Network(FreezeMode.Inference);
        var warnings = new List<string>();
        new Trainer(
            network,
            Options with { FeatureCache = "Auto" },
            new Observing(at => Norm(network, "bn2").Mode = at.Epoch < 3 ? FreezeMode.Inference : FreezeMode.Legacy, warnings.Add)).Fit(
            Data, null, Token);
        Assert.StartsWith(
            "Epoch 3: 1 BatchNorm layer (bn2) normalised by the mini-batch", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void ASwitchThatIsFlippedForOneStepIsFound()
    {
        using var network = Network(FreezeMode.Inference);
        var warnings = new List<string>();
        new Trainer(
            network,
            Options,
            new Observing(
                at => Norm(network, "bn2").Mode = (at.Epoch, at.Step) == (3, 1) ? FreezeMode.Drifting : FreezeMode.Inference,
                warnings.Add)).Fit(
            Data, null, Token);

        // The statistics stay those of that step, which isn't told again as if something else had written them.
        Assert.Equal(2, warnings.Count);
        Assert.All(warnings, warning => Assert.StartsWith("Epoch 3: 1 BatchNorm layer (bn2) ", warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FreezeMode.Inference, "running_mean")]
    [InlineData(FreezeMode.Legacy, "running_var")]
    [InlineData(FreezeMode.Statistics, "running_mean")]
    public void PinnedStatisticsThatAreWrittenAreToldOnceWithTheirLayer(FreezeMode mode, string buffer)
    {
        var warning = Assert.Single(Run(mode, (4, 2), network => FlipLastBit(network, $"bn2.{buffer}")));
        Assert.StartsWith(
            $"Epoch 4: The moving statistics of 1 BatchNorm layer (bn2) changed under mode {mode}, and no training step moved them",
            warning,
            StringComparison.Ordinal);
        Assert.DoesNotContain("bn1", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FreezeMode.Inference, "weight")]
    [InlineData(FreezeMode.Legacy, "bias")]
    [InlineData(FreezeMode.Drifting, "weight")]
    public void FrozenGammaAndBetaThatAreWrittenAreToldOnceWithTheirLayer(FreezeMode mode, string parameter)
    {
        var warning = Assert.Single(Run(mode, (1, 1), network => FlipLastBit(network, $"bn1.{parameter}")));
        Assert.StartsWith(
            $"Epoch 1: Gamma or beta of 1 BatchNorm layer (bn1) changed under mode {mode}", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("bn2", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatMayMoveIsNotWatched()
    {
        Assert.Empty(Run(FreezeMode.None, (2, 1), network =>
        {
            FlipLastBit(network, "bn1.weight");
            FlipLastBit(network, "bn1.running_mean");
        }));
    }

    [Fact]
    public void LayersOfOneKindAreToldTogetherAndAnotherLayerLaterOnItsOwn()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new(8, 8, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, seed: 2);
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        var norms = network.BatchNorms.ToList();
        var warnings = new List<string>();
        new Trainer(network, Options with { Epochs = 3 }, new Observing(warned: warnings.Add, epochDone: done =>
        {
            foreach (var norm in done.Epoch == 1 ? norms[..4] : norms[..5])
            {
                norm.Mode = FreezeMode.Legacy;
            }
        })).Fit(Data, null, Token);

        Assert.Collection(
            warnings,
            first =>
                Assert.StartsWith(
                    "Epoch 2: 4 BatchNorm layers (bn1, layer1.0.bn1, layer1.0.bn2 and 1 more) normalised", first, StringComparison.Ordinal),
            second => Assert.StartsWith($"Epoch 3: 1 BatchNorm layer ({norms[4].Name}) normalised", second, StringComparison.Ordinal));
    }

    [Fact]
    public void WhatHappensAfterTheLastEpochIsToldToo()
    {
        using var network = Network(FreezeMode.Inference);
        var warnings = new List<string>();
        new Trainer(
            network,
            Options,
            new Observing(
                warned: warnings.Add, epochDone: done => { if (done.Epoch == 10) { FlipLastBit(network, "bn1.running_mean"); } })).Fit(
            Data, null, Token);
        Assert.StartsWith("Epoch 10: The moving statistics", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void AnEvaluationInTheTrainingPhaseIsNoFault()
    {
        using var network = Network(FreezeMode.None);
        var warnings = new List<string>();
        new Trainer(
            network,
            Options,
            new Observing(
                _ => new Evaluator(network, 40).Run(Data, isTraining: true, dropout: false, seed: null, token: Token), warnings.Add)).Fit(
            Data, null, Token);
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("flip", "bn2", "normalised by the mini-batch")]
    [InlineData("statistics", "bn2", "The moving statistics of")]
    [InlineData("gamma", "bn1", "Gamma or beta of")]
    public void AStrictRunEndsAtThatEpochBeforeItsCheckpointIsWritten(string fault, string layer, string message)
    {
        using var network = Network(FreezeMode.Inference);
        var trainer = new Trainer(network, Options with { Strict = true, CheckpointPath = Path }, new Observing(at =>
        {
            if ((at.Epoch, at.Step) == (3, 2))
            {
                Inject(network, fault);
            }
        }));

        var error = Assert.Throws<PSTransferException>(() => trainer.Fit(Data, null, Token));

        Assert.Equal((FaultKind.Unsound, layer), (error.Kind, error.Target));
        Assert.StartsWith("-Strict: Epoch 3: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2], network.History.Select(epoch => epoch.Epoch));

        // The checkpoint is sound, and the run goes on from it as if nothing had happened.
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        new Trainer(network, Options with { Strict = true, CheckpointPath = Path, Resume = true }).Fit(Data, null, Token);
        using var whole = Network(FreezeMode.Inference);
        TrainWithoutGuard(whole);
        Bits.AssertEqual(Bits.Of(whole), Bits.Of(network));
    }

    [Theory]
    [InlineData(FreezeMode.None)]
    [InlineData(FreezeMode.Inference)]
    [InlineData(FreezeMode.LiveBatchNorm)]
    [InlineData(FreezeMode.Statistics)]
    public void AStrictRunThatIsSoundEnds(FreezeMode mode)
    {
        using var network = Network(mode);
        Assert.Equal(10, new Trainer(network, Options with { Strict = true }).Fit(Data, null, Token).History.Count);
    }

    public static TheoryData<FreezeMode, TrainingOptions, int, string> KnownBeforehand => new()
    {
        { FreezeMode.Legacy, Options, 8, "2 frozen BatchNorm layers (mode Legacy) will normalise" },
        { FreezeMode.Drifting, Options, 8, "2 frozen BatchNorm layers (mode Drifting) will normalise" },
        { FreezeMode.None, Options with { BatchNormMomentum = 0.99 }, 8, "will still be" },
        { FreezeMode.None, Options with { BatchSize = 19 }, 1, "only 2 values per channel" },
    };

    [Theory]
    [MemberData(nameof(KnownBeforehand))]
    public void AStrictRunIsRefusedForWhatIsKnownBeforehandAndNothingChanges(
        FreezeMode mode, TrainingOptions options, int size, string message)
    {
        options = options with { CheckpointPath = Path };
        var data = Images.Make(20, size: size);
        using (var other = Network(mode, size))
        {
            new Trainer(other, options with { Epochs = 1 }).Fit(data, null, Token);
        }

        using var network = Network(mode, size);
        var (state, layers, momenta) = (Bits.Of(network), network.Describe(), Momenta());

        // A checkpoint to resume from would change the model as well.
        var error = Assert.Throws<PSTransferException>(() =>
            new Trainer(network, options with { Strict = true, Resume = true }).Fit(data, null, Token));

        Assert.Equal((FaultKind.Unsound, "bn1"), (error.Kind, error.Target));
        Assert.StartsWith("-Strict: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Bits.AssertEqual(state, Bits.Of(network));
        Assert.Equal(layers, network.Describe());
        Assert.Equal(momenta, Momenta());
        Assert.Empty(network.Classes);
        Assert.Empty(network.History);

        List<double> Momenta() => [.. network.BatchNorms.Select(norm => norm.Momentum)];
    }

    [Fact]
    public void StatisticsThatARunStoppedEarlyLeavesUnadaptedAreToldAtItsEnd()
    {
        // One step an epoch: 40 would do (0.9^40 = 0.01), less than 22 don't (0.9^21 = 0.11).
        var options = new TrainingOptions { Epochs = 40, BatchSize = 40, LearningRate = 0.2, EarlyStopping = 2, CheckpointPath = Path };
        var (warnings, run) = Stopped(options);
        Assert.Equal(StopReason.EarlyStopping, run.Stopped);
        Assert.InRange(run.History.Count, 3, 21);
        var warning = Assert.Single(warnings);
        Assert.StartsWith(
            FormattableString.Invariant(
                $"The run stopped early, after {run.History.Count} updates: the moving statistics of bn1 and bn2 are still {Math.Pow(0.9, run.History.Count):P0} the old ones"),
            warning,
            StringComparison.Ordinal);

        // A run that has already stopped says so again, a longer plan that is too short from the beginning says no more than that.
        Assert.Equal(warnings, Stopped(options with { Resume = true }).Warnings);
        Assert.StartsWith("After 21 updates", Assert.Single(Stopped(options with { Epochs = 21 }).Warnings), StringComparison.Ordinal);
        Assert.Empty(Stopped(options with { BatchNormMomentum = 0.1 }).Warnings);
        Assert.Equal("bn1", Assert.Throws<PSTransferException>(() => Stopped(options with { Strict = true })).Target);
    }

    [Theory]
    [InlineData(10, 21, true)]
    [InlineData(10, 22, false)]
    [InlineData(21, 22, false)]
    public void UpdatesBeforeAResumptionCount(int before, int epochs, bool told)
    {
        var options = new TrainingOptions { Epochs = before, BatchSize = 40, CheckpointPath = Path };
        using var network = Network(FreezeMode.LiveBatchNorm);
        new Trainer(network, options).Fit(Data, null, Token);
        var warnings = new List<string>();
        new Trainer(network, options with { Epochs = epochs, Resume = true }, new Observing(warned: warnings.Add)).Fit(Data, null, Token);
        Assert.Equal(told, warnings.Count == 1);
    }

    private static List<string> Run(FreezeMode mode, (int Epoch, int Step) when, Action<TransferNetwork> fault)
    {
        using var network = Network(mode);
        var warnings = new List<string>();
        new Trainer(network, Options, new Observing(at => { if ((at.Epoch, at.Step) == when) { fault(network); } }, warnings.Add)).Fit(
            Data, null, Token);
        return [.. warnings.Where(warning => !warning.Contains("will normalise by", StringComparison.Ordinal))];
    }

    /// <summary>Trains with validation labels swapped: whatever is learnt makes the validation loss worse.</summary>
    private static (List<string> Warnings, TrainingResult Result) Stopped(TrainingOptions options)
    {
        using var network = Network(FreezeMode.LiveBatchNorm);
        var pixels = Enumerable.Range(0, 40).Select(i =>
        {
            var image = new byte[8 * 8 * 3];
            Data.Read(i, image);
            return image;
        });
        var swapped = LabeledImages.FromMemory(
            "swapped",
            new SampleChoice(
                ["class0", "class1"], [.. Enumerable.Range(0, 40)], [.. Enumerable.Range(0, 40).Select(i => 1 - Data.LabelOf(i))]),
            new ImageShape(8, 8, 3), [.. pixels], new ImageDatasetOptions(), []);
        var warnings = new List<string>();
        return (warnings, new Trainer(network, options, new Observing(warned: warnings.Add)).Fit(Data, swapped, Token));
    }

    /// <summary>The steps of a run and nothing else.</summary>
    private static void TrainWithoutGuard(TransferNetwork network)
    {
        var objective = Objective.For(network, Data, Options.Loss);
        using var optimizer = new RunOptimizer(network, Options);
        var loader = new BatchLoader(network.Bind(Data), Options.BatchSize, torch.CPU);
        for (var epoch = 1; epoch <= Options.Epochs; epoch++)
        {
            var order = BatchLoader.Order(Data.Count, SeededRandom.For(Options.Seed, epoch, 0).Next(), epoch);
            foreach (var (step, batch) in loader.Read(order, Token).Index())
            {
                using var scope = torch.NewDisposeScope();
                using var owned = batch;
                using var random = new torch.Generator((ulong)SeededRandom.For(Options.Seed, epoch, step).NextInt64(), torch.CPU);
                var logits = network.Forward(batch.Input, ForwardPass.Fit(random));
                optimizer.Step(objective.Loss(logits, batch.Labels), Options.Rate);
            }
        }
    }

    private static void Inject(TransferNetwork network, string fault)
    {
        switch (fault)
        {
            case "flip": Norm(network, "bn2").Mode = FreezeMode.Legacy; break;
            case "statistics": FlipLastBit(network, "bn2.running_var"); break;
            default: FlipLastBit(network, "bn1.weight"); break;
        }
    }

    /// <summary>The smallest change there is, and one that no comparison of numbers would see where the number is 0.</summary>
    private static void FlipLastBit(TransferNetwork network, string tensor) =>
        network.State.Single(pair => pair.Key == tensor).Value.bytes[0] ^= 1;

    private static BatchNorm Norm(TransferNetwork network, string name) => network.BatchNorms.Single(norm => norm.Name == name);

    private static TransferNetwork Network(FreezeMode mode, int size = 8)
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale, dropout: 0.5, size: size);
        new FreezePlan { Mode = mode }.Apply(network);
        return network;
    }
}
