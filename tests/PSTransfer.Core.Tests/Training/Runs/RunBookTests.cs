namespace PSTransfer.Core.Tests.Training.Runs;

/// <summary>What a run leaves on the disk, and what it does when the disk fails.</summary>
public sealed class RunBookTests : IDisposable
{
    private static readonly LabeledImages Data = Images.Make(20);

    private readonly TempFolder _folder = new();

    private string Checkpoint => _folder.File("run.checkpoint");

    private string Log => _folder.File("run.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheLogHasTheHistoryWithItsStages()
    {
        var history = Train(new TrainingOptions
        {
            BatchSize = 16, LogPath = Log, Stages = [new() { Epochs = 1 }, new() { Mode = FreezeMode.Inference, Epochs = 2 }]
        });

        var lines = Lines();
        Assert.Equal(
            history.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.Accuracy)),
            lines.Select(line => (Int(line, "epoch"), line.GetProperty("loss").GetDouble(), line.GetProperty("accuracy").GetDouble())));
        Assert.Equal([1, 2, 2], lines.Select(line => Int(line, "stage")));
        Assert.All(lines, line => Assert.Equal(3, Int(line, "epochs")));
    }

    [Fact]
    public void AResumedRunGoesOnInItsLogWithoutRepeatingAnEpoch()
    {
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Checkpoint, LogPath = Log, Resume = true };
        Train(options with { Epochs = 2 });
        Train(options with { Epochs = 4 });
        Assert.Equal([1, 2, 3, 4], Lines().Select(line => Int(line, "epoch")));
    }

    [Fact]
    public void AnEpochThatTheLogLacksIsAddedFromTheCheckpoint()
    {
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Checkpoint, LogPath = Log, Resume = true };
        Train(options with { Epochs = 2 });
        File.WriteAllText(Log, File.ReadAllLines(Log)[0] + "\n{\"time\":\"20"); // killed after the checkpoint, in the midst of the line
        var history = Train(options with { Epochs = 3 });
        Assert.Equal(history.Select(epoch => epoch.Seconds), Lines().Select(line => line.GetProperty("seconds").GetDouble()));
    }

    [Fact]
    public void ARunFromTheStartIsAddedToTheLog()
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 16, LogPath = Log };
        Train(options);
        Train(options);
        Assert.Equal([1, 2, 1, 2], Lines().Select(line => Int(line, "epoch")));
    }

    [Fact]
    public void LogsArentPartOfTheRunsSettings()
    {
        var options = new TrainingOptions { Epochs = 1, BatchSize = 16, CheckpointPath = Checkpoint };
        Train(options);
        Assert.Equal(2, Train(options with { Epochs = 2, Resume = true, LogPath = Log, TensorBoardPath = _folder.File("board") }).Count);
    }

    [Fact]
    public void ALogThatCantBeWrittenRefusesTheRunBeforeAnythingChanges()
    {
        using var network = Network();
        var before = Bits.Of(network);
        Assert.Throws<PSTransferException>(() =>
            new Trainer(network, new TrainingOptions { LogPath = _folder.Path }).Fit(Data, null, TestContext.Current.CancellationToken));
        Assert.Throws<PSTransferException>(() =>
            new Trainer(network, new TrainingOptions { TensorBoardPath = _folder.File("file", [1]) }).Fit(
                Data, null, TestContext.Current.CancellationToken));
        Bits.AssertEqual(before, Bits.Of(network));
        Assert.Empty(network.Classes);
    }

    /// <summary>The folder goes away after two of four epochs, as a network drive does, and comes back after the run.</summary>
    [Fact]
    public void ACheckpointThatCantBeWrittenEndsTheRunWithAUsableModelAndTheEarlierCheckpoint()
    {
        var options = new TrainingOptions { Epochs = 4, BatchSize = 16, Momentum = 0.9 };
        using var whole = Network();
        new Trainer(whole, options).Fit(Data, null, TestContext.Current.CancellationToken);
        var (drive, away) = (Directory.CreateDirectory(_folder.File("drive")).FullName, _folder.File("away"));
        options = options with { CheckpointPath = Path.Combine(drive, "run.checkpoint") };
        using var network = Network();

        var error = Assert.Throws<PSTransferException>(() => new Trainer(network, options, new Observing(epochDone: epoch =>
        {
            if (epoch.Epoch == 2)
            {
                Directory.Move(drive, away);
            }
        })).Fit(Data, null, TestContext.Current.CancellationToken));

        Assert.Equal(FaultKind.NotFound, error.Kind);
        Assert.StartsWith($"{options.CheckpointPath}: the folder {drive} doesn't exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("weights after epoch 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("The checkpoint of epoch 2 is as it was", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, network.History.Count);
        Assert.Equal(["run.checkpoint", "run.checkpoint.lock"], Directory.GetFileSystemEntries(away).Select(Path.GetFileName).Order());
        Assert.True(
            double.IsFinite(
                new Evaluator(network, 16).Run(
                    Data, isTraining: false, dropout: false, seed: null, token: TestContext.Current.CancellationToken).Metrics.Loss));

        Directory.Move(away, drive);
        new Trainer(network, options with { Resume = true }).Fit(Data, null, TestContext.Current.CancellationToken);
        Bits.AssertEqual(Bits.Of(whole), Bits.Of(network));
    }

    /// <summary>
    /// A backup has the checkpoint open after the first of four epochs, as Windows lets it, closes it after the second, and again from the
    /// third on.
    /// </summary>
    [Fact]
    public void ACheckpointThatAnotherProgramHasOpenDoesntEndTheRun()
    {
        const int SharingViolation = unchecked((int)0x80070020);
        List<string> warnings = [];
        List<byte[]> after = [];
        List<int> logged = [];
        var isOpen = false;
        var before = FileMove.Current;
        FileMove.Current = new FileMove
        {
            KeepsOpenFiles = true,
            Try = (from, to, overwrite) =>
            {
                if (isOpen && to == Checkpoint)
                {
                    throw new IOException("used by another process", SharingViolation);
                }

                File.Move(from, to, overwrite);
            },
            Wait = _ => { },
        };
        try
        {
            using var network = Network();
            new Trainer(
                network,
                new TrainingOptions { Epochs = 4, BatchSize = 16, CheckpointPath = Checkpoint, LogPath = Log },
                new Observing(warned: warnings.Add, epochDone: epoch =>
                {
                    after.Add(File.ReadAllBytes(Checkpoint));
                    logged.Add(File.ReadAllLines(Log).Length);
                    isOpen = epoch.Epoch is 1 or 3;
                })).Fit(Data, null, TestContext.Current.CancellationToken);
            Assert.Equal(4, network.History.Count);
        }
        finally
        {
            FileMove.Current = before;
        }

        Assert.Equal(after[0], after[1]);
        Assert.NotEqual(after[1], after[2]);
        Assert.Equal(after[2], after[3]);
        Assert.Equal([1, 1, 3, 3], logged); // no line without its checkpoint, as long as the run may be resumed from an earlier one
        Assert.Equal([1, 2, 3, 4], Lines().Select(line => Int(line, "epoch")));
        var told = warnings.Where(warning => warning.StartsWith(Checkpoint, StringComparison.Ordinal)).ToList();
        Assert.Equal(2, told.Count);
        Assert.Equal(
            $"{Checkpoint} can't be written: another program has the file open; close that program or choose another path. The run "
            + "goes on without the checkpoint of epoch 2; until a later one is written, -Resume would go on from epoch 1.",
            told[0]);
        Assert.EndsWith("-Resume would go on from epoch 3.", told[1], StringComparison.Ordinal);
        Assert.Equal(["run.checkpoint", "run.jsonl"], _folder.Names());
    }

    /// <summary>One step per epoch: no loss is computed after the update that breaks the weights.</summary>
    [Fact]
    public void WeightsThatTheLastStepBrokeDontReplaceAGoodCheckpoint()
    {
        var options = new TrainingOptions { Epochs = 1, BatchSize = 40, CheckpointPath = Checkpoint };
        Train(options);
        var good = File.ReadAllBytes(Checkpoint);
        using var network = Network();

        var error = Assert.Throws<PSTransferException>(() =>
            new Trainer(network, options with { LearningRate = 1e38, WeightDecay = 1e6 }).Fit(
                Data, Data, TestContext.Current.CancellationToken));

        Assert.Equal(FaultKind.Diverged, error.Kind);
        Assert.Contains("last step of epoch 1, at learning rate 1e+38", error.Message, StringComparison.Ordinal);
        Assert.Contains("Lower -LearningRate", error.Message, StringComparison.Ordinal);
        Assert.Equal(good, File.ReadAllBytes(Checkpoint));
    }

    [Fact]
    public void ADivergedRunNamesTheCheckpointThatIsLeftOfIt()
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 40, CheckpointPath = Checkpoint };
        using var network = Network();

        var error = Assert.Throws<PSTransferException>(() => new Trainer(network, options, new Observing(epochDone: _ =>
        {
            using var __ = TorchSharp.torch.no_grad();
            network.State.First().Value.fill_(float.NaN);
        })).Fit(Data, null, TestContext.Current.CancellationToken));

        Assert.EndsWith(
            "The model in memory is no longer of use. A resumed run can't change its learning rate. To continue from epoch 1 with a "
            + $"lower one, load {Checkpoint} with Import-TransferModel and start a new run.",
            error.Message,
            StringComparison.Ordinal);
        foreach (var without in (TrainingOptions[])[
            options with { CheckpointPath = null, Epochs = 3, LearningRate = 1e30 }, options with { LearningRate = 1e38, WeightDecay = 1e6 }
        ])
        {
            using var other = Network();
            error = Assert.Throws<PSTransferException>(() =>
                new Trainer(other, without).Fit(Data, null, TestContext.Current.CancellationToken));
            Assert.EndsWith("The model in memory is no longer of use.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ACheckpointThatAnotherRunWritesIsRefusedBeforeTheModelChanges()
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 40, CheckpointPath = Checkpoint };
        using var network = Network();
        PSTransferException? refused = null;

        new Trainer(network, options, new Observing(epochDone: epoch =>
        {
            using var second = Network();
            var before = Bits.Of(second);
            refused = Assert.Throws<PSTransferException>(() =>
                new Trainer(second, options with { Resume = epoch.Epoch == 2 }).Fit(Data, null, TestContext.Current.CancellationToken));
            Bits.AssertEqual(before, Bits.Of(second));
        })).Fit(Data, null, TestContext.Current.CancellationToken);

        Assert.Equal(FaultKind.InUse, refused!.Kind);
        Assert.StartsWith($"{Checkpoint}: another run writes this checkpoint: this process", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["run.checkpoint"], _folder.Names().Where(name => name.StartsWith("run.checkpoint", StringComparison.Ordinal)));
    }

    [Fact]
    public void ANamedPipeAsCheckpointOrLogIsRefusedWithoutWaiting()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows' pipes aren't files.");
        var pipe = _folder.File("pipe");
        System.Diagnostics.Process.Start("mkfifo", [pipe]).WaitForExit();
        foreach (var options in (TrainingOptions[])[
            new() { CheckpointPath = pipe },
            new() { CheckpointPath = pipe, Resume = true },
            new() { LogPath = pipe },
            new() { LogPath = "/dev/zero" }
        ])
        {
            using var network = Network();
            var error = Assert.Throws<PSTransferException>(() =>
                new Trainer(network, options).Fit(Data, null, TestContext.Current.CancellationToken));
            Assert.Contains("expected a regular file", error.Message, StringComparison.Ordinal);
        }
    }

    private static TransferNetwork Network()
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale, dropout: 0.5);
        new FreezePlan { Mode = FreezeMode.None }.Apply(network);
        return network;
    }

    private static IReadOnlyList<EpochRecord> Train(TrainingOptions options)
    {
        using var network = Network();
        return new Trainer(network, options).Fit(Data, null, TestContext.Current.CancellationToken).History;
    }

    private List<JsonElement> Lines() => [.. File.ReadAllLines(Log).Select(line => JsonElement.Parse(line))];

    private static int Int(JsonElement line, string name) => line.GetProperty(name).GetInt32();
}
