namespace PSTransfer.Core.Tests.Training.Runs;

public sealed partial class CheckpointTests : IDisposable
{
    private static readonly LabeledImages Data = Images.Make(20);
    private static readonly LabeledImages Validation = Images.Make(8, seed: 9);

    private readonly TempFolder _folder = new();

    private string Path => _folder.File("run.checkpoint");

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, TrainingOptions> Runs => new()
    {
        { "SGD", new() },
        { "SGD with momentum", new() { Momentum = 0.9, Nesterov = true, WeightDecay = 0.01 } },
        { "Adam", new() { Optimizer = OptimizerKind.Adam, WeightDecay = 0.01 } },
        { "AdamW", new() { Optimizer = OptimizerKind.AdamW } },
        { "one cycle", new() { Optimizer = OptimizerKind.Adam, Schedule = ScheduleKind.OneCycle } },
        { "step and warm-up", new() { Schedule = ScheduleKind.Step, DecayEpochs = 1, WarmupSteps = 2 } },
        { "cosine", new() { Schedule = ScheduleKind.Cosine } },
        { "plateau", new() { Schedule = ScheduleKind.Plateau, DecayEpochs = 1, DecayFactor = 0.5, LearningRate = 0.3 } },
        { "clipping, smoothing, weights", new() { ClipNorm = 0.5, LabelSmoothing = 0.1, BalanceClasses = true } },
        { "accumulation", new() { Optimizer = OptimizerKind.Adam, AccumulationSteps = 2, Schedule = ScheduleKind.OneCycle } },
        { "average and best", new() { WeightAverage = 0.9, RestoreBest = true, LearningRate = 0.3, EarlyStopping = 3 } },
        {
            "stages",
            new()
            {
                Momentum = 0.9,
                RestoreBest = true,
                WeightAverage = 0.5,
                Stages = [new() { Epochs = 2 }, new() { Mode = FreezeMode.Statistics, Epochs = 2, LearningRate = 0.001 }]
            }
        },
        {
            "stages that stop early",
            new()
            {
                EarlyStopping = 1, LearningRate = 0.3, Stages = [new() { Epochs = 3 }, new() { Mode = FreezeMode.Inference, Epochs = 3 }]
            }
        },
        { "more steps than a pass", new() { Momentum = 0.9, StepsPerEpoch = 5 } },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void AResumedRunEndsInTheSameBitsAsOneNeverStopped(string name, TrainingOptions options)
    {
        Assert.NotEmpty(name);
        options = options with
        {
            Epochs = options.Stages.Count == 0 ? 4 : 1,
            BatchSize = 16,
            Augmentation = new Augmentation(true, 10, 1),
            CheckpointPath = Path,
            BatchNormMomentum = 0.8
        };
        foreach (var mode in (FreezeMode[])[FreezeMode.None, FreezeMode.LiveBatchNorm, FreezeMode.Inference])
        {
            var (whole, history) = Train(options, mode);
            var wholeRun = State(Path);
            for (var stop = 1; stop < history.Count; stop++)
            {
                Interrupt(options, mode, afterEpoch: stop);

                var (resumed, resumedHistory) = Train(options with { Resume = true }, mode);

                Bits.AssertEqual(whole, resumed);
                Bits.AssertEqual(wholeRun, State(Path));
                Assert.Equal(history, resumedHistory);
            }
        }
    }

    [Fact]
    public void ACheckpointHoldsTheOptimizersState()
    {
        Train(new TrainingOptions { CheckpointPath = Path, Momentum = 0.9 }, FreezeMode.Inference);
        Assert.Equal(
            ["optimizer.velocity.head.logits.bias", "optimizer.velocity.head.logits.weight"],
            State(Path).Keys.Where(name => name.StartsWith("optimizer", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void AFinishedRunResumesToItself()
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 16, CheckpointPath = Path };
        var (whole, history) = Train(options, FreezeMode.None);
        var (again, historyAgain) = Train(options with { Resume = true }, FreezeMode.None);
        Bits.AssertEqual(whole, again);
        Assert.Equal(history, historyAgain);
    }

    [Fact]
    public void MoreEpochsContinueAConstantRate()
    {
        var options = new TrainingOptions { Epochs = 4, BatchSize = 16, Momentum = 0.9, CheckpointPath = Path };
        var (whole, _) = Train(options, FreezeMode.None);
        Train(options with { Epochs = 2 }, FreezeMode.None);
        var (resumed, history) = Train(options with { Resume = true }, FreezeMode.None);
        Bits.AssertEqual(whole, resumed);
        Assert.Equal([1, 2, 3, 4], history.Select(epoch => epoch.Epoch));
    }

    [Fact]
    public void WithoutAFileResumeStartsAnew()
    {
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Path };
        var (fresh, _) = Train(options with { Resume = true }, FreezeMode.None);
        File.Delete(Path);
        Bits.AssertEqual(fresh, Train(options, FreezeMode.None).State);
    }

    [Fact]
    public void ItIsToldWhereAResumedRunBegins()
    {
        var options = new TrainingOptions { Epochs = 3, BatchSize = 16, CheckpointPath = Path, Resume = true };
        Assert.Equal([$"There is no checkpoint {Path} yet: the run begins with epoch 1."], Told(options with { Epochs = 2 }));
        Assert.Equal([$"The run goes on from the checkpoint {Path}, after epoch 2 of 3."], Told(options));
        Assert.Empty(Told(options with { Resume = false }));

        List<string> Told(TrainingOptions options)
        {
            using var network = Network(FreezeMode.None);
            List<string> told = [];
            new Trainer(network, options, new Observing(told: told.Add)).Fit(Data, null, TestContext.Current.CancellationToken);
            return told;
        }
    }

    [Fact]
    public void AModelThatHasGoneOnIntoAnotherStageGoesBackToItsCheckpoint()
    {
        var options = new TrainingOptions
        {
            BatchSize = 16, CheckpointPath = Path, Stages = [new() { Mode = FreezeMode.Inference }, new() { Mode = FreezeMode.None }]
        };
        var (whole, _) = Train(options, FreezeMode.None);
        using var network = Network(FreezeMode.None);
        Interrupt(network, options, afterEpoch: 1);
        new Trainer(network, options with { Resume = true }).Fit(Data, Validation, TestContext.Current.CancellationToken);
        Bits.AssertEqual(whole, Bits.Of(network));
    }

    /// <summary>Stages were called phases once: in a checkpoint's settings, and in a log's lines.</summary>
    [Fact]
    public void ARunThatBeganWhenStagesWerePhasesGoesOn()
    {
        var options = new TrainingOptions
        {
            BatchSize = 16,
            CheckpointPath = Path,
            LogPath = _folder.File("run.jsonl"),
            Stages = [new() { Mode = FreezeMode.Inference }, new() { Mode = FreezeMode.None }]
        };
        var (whole, _) = Train(options with { LogPath = null }, FreezeMode.None);
        Interrupt(options, FreezeMode.None, afterEpoch: 1);
        Rename(Path, @"\u0022Stage\u0022:", @"\u0022Phase\u0022:");
        Rename(options.LogPath, "\"stage\":", "\"phase\":");
        using var network = Network(FreezeMode.None);
        new Trainer(network, options with { Resume = true }).Fit(Data, Validation, TestContext.Current.CancellationToken);
        Bits.AssertEqual(whole, Bits.Of(network));
        Assert.Equal(["\"phase\":1", "\"stage\":2"], File.ReadLines(options.LogPath).Select(line => line.Split(',')[3]));

        static void Rename(string path, string now, string then)
        {
            var text = File.ReadAllText(path, Encoding.Latin1);
            Assert.Contains(now, text, StringComparison.Ordinal);
            File.WriteAllText(path, text.Replace(now, then, StringComparison.Ordinal), Encoding.Latin1);
        }
    }

    /// <summary>
    /// Epochs had no stages once. A run from then goes on in the right stage, even if a stage ended early or has just ended.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ARunThatBeganWhenEpochsHadNoStagesGoesOn(int stop)
    {
        var options = new TrainingOptions
        {
            BatchSize = 16,
            CheckpointPath = Path,
            LearningRate = 3,
            EarlyStopping = 1,
            RestoreBest = true,
            WeightAverage = 0.5,
            Stages = [new() { Epochs = 3 }, new() { Mode = FreezeMode.Inference, Epochs = 3 }],
        };
        var (whole, history) = Train(options, FreezeMode.None);
        Assert.Equal([1, 1, 2, 2], history.Select(epoch => epoch.Stage!.Value));
        Interrupt(options, FreezeMode.None, afterEpoch: stop);
        File.WriteAllBytes(Path, SmallModelFile.WithHeader(File.ReadAllBytes(Path), header =>
        {
            foreach (var key in (string[])["pstransfer", "pstransfer.run"])
            {
                var text = (string)header["__metadata__"]![key]!;
                var without = Regex.Replace(text, ",\"stage\":[0-9]", string.Empty);
                Assert.Equal(text.Length - (stop * ",\"stage\":1".Length), without.Length);
                header["__metadata__"]![key] = without;
            }
        }));
        using var network = Network(FreezeMode.None);
        var run = new Trainer(network, options with { Resume = true }).Fit(Data, Validation, TestContext.Current.CancellationToken);
        Bits.AssertEqual(whole, Bits.Of(network));
        Assert.Equal(history, run.History.Select(epoch => epoch with { Seconds = 0 }));
    }

    [Fact]
    public void ADamagedFileIsRefusedWithWhatHelpsACheckpoint()
    {
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None, validation: null);
        File.WriteAllBytes(Path, File.ReadAllBytes(Path)[..^100]);
        using var network = Network(FreezeMode.None);
        var error = AssertRefused(
            network, options, Data, ". Put a whole copy of the checkpoint in its place, or give another -CheckpointPath to start anew.");
        Assert.DoesNotContain("download", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileOfSomebodyElsesIsntReplaced()
    {
        File.WriteAllText(Path, "notes");
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Path };
        using var network = Network(FreezeMode.None);
        var error = Assert.Throws<PSTransferException>(() =>
            new Trainer(network, options).Fit(Data, null, TestContext.Current.CancellationToken));
        Assert.Equal(FaultKind.AlreadyExists, error.Kind);
        Assert.StartsWith($"{Path} exists and can't be read as a checkpoint or a model file", error.Message, StringComparison.Ordinal);
        Assert.Equal("notes", File.ReadAllText(Path));

        // Nothing is lost with an empty file, a model or an earlier checkpoint.
        File.WriteAllText(Path, string.Empty);
        Train(options, FreezeMode.None);
        Train(options, FreezeMode.None);
        ModelFile.Save(network, Path, overwrite: true);
        Train(options, FreezeMode.None);
    }

    [Fact]
    public void AModelFileIsNoCheckpoint()
    {
        using var network = Network(FreezeMode.None);
        ModelFile.Save(network, Path, overwrite: false);
        AssertRefused(network, new TrainingOptions { CheckpointPath = Path }, Data, "not a checkpoint");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{")]
    [InlineData("{\"history\":null,\"identity\":{}}")]
    [InlineData("{\"history\":[],\"settings\":\"as before\"}")]
    [InlineData(
        "{\"history\":[null],\"identity\":{\"settings\":{},\"modes\":{},\"classes\":[],\"training\":{\"name\":\"\",\"count\":0,\"fingerprint\":\"\"},\"validation\":null}}")]
    [InlineData(
        "{\"history\":[{}],\"identity\":{\"settings\":{},\"modes\":{},\"classes\":[],\"training\":{\"name\":\"\",\"count\":0,\"fingerprint\":\"\"},\"validation\":null}}")]
    [InlineData("{\"history\":[],\"identity\":{\"settings\":{},\"modes\":{},\"classes\":[],\"training\":null,\"validation\":null}}")]
    public void ADamagedDescriptionOfTheRunIsRefused(string description)
    {
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None);
        File.WriteAllBytes(
            Path, SmallModelFile.WithHeader(File.ReadAllBytes(Path), header => header["__metadata__"]!["pstransfer.run"] = description));
        using var network = Network(FreezeMode.None);
        AssertRefused(network, options, Data, "the checkpoint's description in the header is damaged");
    }

    [Fact]
    public void ACheckpointOfNothingDiffersInEverything()
    {
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None);
        const string Nothing =
            "{\"history\":[],\"identity\":{\"settings\":{\"Seed\":null},\"modes\":{},\"classes\":[null],\"training\":{\"name\":\"a\\nb\",\"count\":0,\"fingerprint\":\"\"},\"validation\":null}}";
        File.WriteAllBytes(
            Path, SmallModelFile.WithHeader(File.ReadAllBytes(Path), header => header["__metadata__"]!["pstransfer.run"] = Nothing));
        using var network = Network(FreezeMode.None);
        AssertRefused(
            network,
            options,
            Data,
            "It was trained on 'a\\u000Ab', 0 images; this is 'made', 40 images. Class 0 is 'none' in the checkpoint, 'class0' now. "
            + "FreezeMode none in the checkpoint, None now, on conv1 and ");
    }

    private PSTransferException AssertRefused(
        TransferNetwork network, TrainingOptions options, LabeledImages data, string named, LabeledImages? validation = null)
    {
        var before = (Bits.Of(network), network.Classes, network.BatchNorms.Select(norm => norm.Momentum).ToList());

        var error = Assert.Throws<PSTransferException>(() =>
            new Trainer(network, options with { Resume = true }).Fit(data, validation, TestContext.Current.CancellationToken));

        Assert.Equal((FaultKind.InvalidData, Path), (error.Kind, error.Target));
        Assert.StartsWith(Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Bits.AssertEqual(before.Item1, Bits.Of(network));
        Assert.Equal(before.Classes, network.Classes);
        Assert.Equal(before.Item3, network.BatchNorms.Select(norm => norm.Momentum));
        return error;
    }

    private static TransferNetwork Network(FreezeMode mode, int seed = 1)
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale, dropout: 0.5, seed: seed);
        new FreezePlan { Mode = mode }.Apply(network);
        return network;
    }

    /// <summary>Trains a fresh network; times aside, the history is part of what must be the same.</summary>
    private static (Dictionary<string, byte[]> State, List<EpochRecord> History) Train(TrainingOptions options, FreezeMode mode) =>
        Train(options, mode, Validation);

    private static (Dictionary<string, byte[]> State, List<EpochRecord> History) Train(
        TrainingOptions options, FreezeMode mode, LabeledImages? validation)
    {
        using var network = Network(mode);
        var run = new Trainer(network, options).Fit(Data, validation, TestContext.Current.CancellationToken);
        Assert.Equal(run.History, network.History);
        return (Bits.Of(network), [.. run.History.Select(epoch => epoch with { Seconds = 0 })]);
    }

    /// <summary>Stops a run in the midst of the epoch after the given one.</summary>
    private static void Interrupt(TrainingOptions options, FreezeMode mode, int afterEpoch)
    {
        using var network = Network(mode);
        Interrupt(network, options, afterEpoch);
    }

    private static void Interrupt(TransferNetwork network, TrainingOptions options, int afterEpoch)
    {
        using var source = new CancellationTokenSource();
        var trainer = new Trainer(
            network, options, new Observing(report => { if (report.Epoch == afterEpoch + 1 && report.Step == 2) { source.Cancel(); } }));
        Assert.Throws<OperationCanceledException>(() => trainer.Fit(Data, Validation, source.Token));
    }

    /// <summary>All tensors in a file: the model's and the optimiser's.</summary>
    private static Dictionary<string, byte[]> State(string path)
    {
        using var file = Core.Weights.Safetensors.SafetensorsFile.Open(path);
        return file.Tensors.Values.ToDictionary(entry => entry.Name, entry =>
        {
            var values = new float[(entry.End - entry.Begin) / sizeof(float)];
            file.ReadFloats(entry, 0, values);
            return System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        });
    }
}
