using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
using PSTransfer.Core.Freezing;
using PSTransfer.Core.Models;
using PSTransfer.Core.Tests.Files;
using PSTransfer.Core.Tests.Freezing;
using PSTransfer.Core.Tests.Models;
using PSTransfer.Core.Training;
using Xunit;

namespace PSTransfer.Core.Tests.Training;

public sealed class CheckpointTests : IDisposable
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
        { "phases", new() { Momentum = 0.9, RestoreBest = true, WeightAverage = 0.5, Phases = [new() { Epochs = 2 }, new() { Mode = FreezeMode.Statistics, Epochs = 2, LearningRate = 0.001 }] } },
        { "phases that stop early", new() { EarlyStopping = 1, LearningRate = 0.3, Phases = [new() { Epochs = 3 }, new() { Mode = FreezeMode.Inference, Epochs = 3 }] } },
        { "more steps than a pass", new() { Momentum = 0.9, StepsPerEpoch = 5 } },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void AResumedRunEndsInTheSameBitsAsOneNeverStopped(string name, TrainingOptions options)
    {
        Assert.NotEmpty(name);
        options = options with { Epochs = 4, BatchSize = 16, Augmentation = new Augmentation(true, 10, 1), CheckpointPath = Path, BatchNormMomentum = 0.8 };
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
        Assert.Equal(["optimizer.velocity.head.logits.bias", "optimizer.velocity.head.logits.weight"], State(Path).Keys.Where(name => name.StartsWith("optimizer", StringComparison.Ordinal)).Order());
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

    public static TheoryData<string, Func<TrainingOptions, TrainingOptions>> OtherSettings => new()
    {
        { "LearningRate 0.02", o => o with { LearningRate = 0.02 } },
        { "Optimizer Adam", o => o with { Optimizer = OptimizerKind.Adam } },
        { "Momentum 0.5", o => o with { Momentum = 0.5 } },
        { "WeightDecay 0.1", o => o with { WeightDecay = 0.1 } },
        { "BatchSize 8", o => o with { BatchSize = 8 } },
        { "StepsPerEpoch 2", o => o with { StepsPerEpoch = 2 } },
        { "Seed 7", o => o with { Seed = 7 } },
        { "Schedule OneCycle over 3 epochs", o => o with { Schedule = ScheduleKind.OneCycle } },
        { "BatchNormMomentum 0.5", o => o with { BatchNormMomentum = 0.5 } },
        { "Schedule Cosine over 3 epochs", o => o with { Schedule = ScheduleKind.Cosine } },
        { "Schedule Step by 0.1 in 2 epochs", o => o with { Schedule = ScheduleKind.Step, DecayEpochs = 2 } },
        { "WarmupSteps 1", o => o with { WarmupSteps = 1 } },
        { "LayerRate head* = 2", o => o with { LayerRates = new Dictionary<string, double> { ["head*"] = 2 } } },
        { "ClipNorm 1", o => o with { ClipNorm = 1 } },
        { "AccumulationSteps 2", o => o with { AccumulationSteps = 2 } },
        { "WeightAverage 0.9", o => o with { WeightAverage = 0.9 } },
        { "LabelSmoothing 0.1", o => o with { LabelSmoothing = 0.1 } },
        { "ClassWeight Auto", o => o with { BalanceClasses = true } },
        { "ClassWeight class0 = 2", o => o with { ClassWeights = new Dictionary<string, double> { ["class0"] = 2 } } },
        { "Phase Inference, 1 epochs", o => o with { Phases = [new() { Mode = FreezeMode.Inference, Epochs = 1 }] } },
        { "CachedDraws 2", o => o with { Augmentation = new Augmentation(true, 0, 0), CachedDraws = 2 } },
        { "Augmentation Rotation:5", o => o with { Augmentation = new Augmentation(false, 5, 0) } },
    };

    [Theory]
    [MemberData(nameof(OtherSettings))]
    public void OtherSettingsAreRefusedByNameAndNothingChanges(string named, Func<TrainingOptions, TrainingOptions> change)
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None);
        using var network = Network(FreezeMode.None);
        AssertRefused(network, change(options with { Epochs = 3 }), Data, named);
    }

    [Fact]
    public void AnotherModeModelOrDataSetIsRefusedAndNothingChanges()
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None);

        using var frozen = Network(FreezeMode.Inference);
        AssertRefused(frozen, options, Data, "FreezeMode None on");
        using var otherHead = Network(FreezeMode.None);
        otherHead.SetHead(new Head { ClassCount = 2, Dropout = 0.5, HiddenUnits = [4] }, seed: 1);
        AssertRefused(otherHead, options, Data, "the head Average, 4, 2");
        using var otherPreprocessing = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Tf, dropout: 0.5);
        AssertRefused(otherPreprocessing, options, Data, "preprocessing Rescale");
        using var same = Network(FreezeMode.None);
        AssertRefused(same, options, Images.Make(30), "StepsPerEpoch");
        var renamed = LabeledImages.FromMemory(
            "renamed", new SampleChoice(["a", "b"], [.. Enumerable.Range(0, 40)], [.. Enumerable.Range(0, 40).Select(Data.LabelOf)]), new ImageShape(8, 8, 3), [.. Enumerable.Repeat(new byte[192], 40)], new ImageDatasetOptions(), []);
        AssertRefused(same, options, renamed, "classes a, b");
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
    [InlineData("{\"history\":null,\"settings\":\"\"}")]
    [InlineData("{\"history\":[null],\"settings\":\"\"}")]
    [InlineData("{\"history\":[{}],\"settings\":\"\"}")]
    public void ADamagedDescriptionOfTheRunIsRefused(string description)
    {
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None);
        File.WriteAllBytes(Path, SmallModelFile.WithHeader(File.ReadAllBytes(Path), header => header["__metadata__"]!["pstransfer.run"] = description));
        using var network = Network(FreezeMode.None);
        AssertRefused(network, options, Data, "the checkpoint's description in the header is damaged");
    }

    private void AssertRefused(TransferNetwork network, TrainingOptions options, LabeledImages data, string named)
    {
        var before = (Bits.Of(network), network.Classes, network.BatchNorms.Select(norm => norm.Momentum).ToList());

        var error = Assert.Throws<PSTransferException>(() => new Trainer(network, options with { Resume = true }).Fit(data, null, TestContext.Current.CancellationToken));

        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith(Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Bits.AssertEqual(before.Item1, Bits.Of(network));
        Assert.Equal(before.Classes, network.Classes);
        Assert.Equal(before.Item3, network.BatchNorms.Select(norm => norm.Momentum));
    }

    private static TransferNetwork Network(FreezeMode mode)
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale, dropout: 0.5);
        new FreezePlan { Mode = mode }.Apply(network);
        return network;
    }

    /// <summary>Trains a fresh network; times aside, the history is part of what must be the same.</summary>
    private static (Dictionary<string, byte[]> State, List<EpochRecord> History) Train(TrainingOptions options, FreezeMode mode)
    {
        using var network = Network(mode);
        var run = new Trainer(network, options).Fit(Data, Validation, TestContext.Current.CancellationToken);
        Assert.Equal(run.History, network.History);
        return (Bits.Of(network), [.. run.History.Select(epoch => epoch with { Seconds = 0 })]);
    }

    /// <summary>Stops a run in the midst of the epoch after the given one.</summary>
    private static void Interrupt(TrainingOptions options, FreezeMode mode, int afterEpoch)
    {
        using var network = Network(mode);
        using var source = new CancellationTokenSource();
        var trainer = new Trainer(network, options, report => { if (report.Epoch == afterEpoch + 1 && report.Step == 2) { source.Cancel(); } });
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
