namespace PSTransfer.Core.Tests.Training;

public sealed partial class TrainingOptionsTests
{
    public static TheoryData<string, TrainingOptions> Wrong => new()
    {
        { "Epochs", new() { Epochs = 0 } },
        { "Epochs", new() { Epochs = -1 } },
        { "StepsPerEpoch", new() { StepsPerEpoch = 0 } },
        { "BatchSize", new() { BatchSize = 0 } },
        { "BatchSize", new() { BatchSize = -32 } },
        { "LearningRate", new() { LearningRate = 0 } },
        { "LearningRate", new() { LearningRate = -0.1 } },
        { "LearningRate", new() { LearningRate = double.NaN } },
        { "LearningRate", new() { LearningRate = double.PositiveInfinity } },
        { "LearningRate", new() { LearningRate = 1e39 } },
        { "Momentum", new() { Momentum = 1 } },
        { "Momentum", new() { Momentum = -0.1 } },
        { "Momentum", new() { Momentum = double.NaN } },
        { "Momentum", new() { Momentum = 0.9, Optimizer = OptimizerKind.Adam } },
        { "Nesterov", new() { Nesterov = true } },
        { "WeightDecay", new() { WeightDecay = -1 } },
        { "WeightDecay", new() { WeightDecay = double.NaN } },
        { "WeightDecay", new() { WeightDecay = 1e300 } },
        { "BatchNormMomentum", new() { BatchNormMomentum = 1 } },
        { "BatchNormMomentum", new() { BatchNormMomentum = -0.1 } },
        { "BatchNormMomentum", new() { BatchNormMomentum = double.NaN } },
        { "EarlyStopping", new() { EarlyStopping = 0 } },
        { "EarlyStopping", new() { EarlyStopping = 3 } },
        { "Resume", new() { Resume = true } },
        { "RestoreBest", new() { RestoreBest = true } },
        { "Schedule", new() { Schedule = ScheduleKind.Plateau, DecayEpochs = 1 } },
        { "DecayEpochs", new() { Schedule = ScheduleKind.Step } },
        { "DecayEpochs", new() { Schedule = ScheduleKind.Plateau } },
        { "DecayEpochs", new() { Schedule = ScheduleKind.Step, DecayEpochs = 0 } },
        { "DecayEpochs", new() { DecayEpochs = 2 } },
        { "DecayFactor", new() { Schedule = ScheduleKind.Step, DecayEpochs = 1, DecayFactor = 1 } },
        { "DecayFactor", new() { Schedule = ScheduleKind.Step, DecayEpochs = 1, DecayFactor = double.NaN } },
        { "DecayFactor", new() { Schedule = ScheduleKind.Cosine, DecayFactor = 0.5 } },
        { "WarmupSteps", new() { WarmupSteps = -1 } },
        { "WarmupSteps", new() { Schedule = ScheduleKind.OneCycle, WarmupSteps = 1 } },
        { "LayerRate", new() { LayerRates = new Dictionary<string, double> { ["*"] = 0 } } },
        { "ClipNorm", new() { ClipNorm = 0 } },
        { "ClipNorm", new() { ClipNorm = double.NaN } },
        { "AccumulationSteps", new() { AccumulationSteps = 0 } },
        { "WeightAverage", new() { WeightAverage = 1 } },
        { "WeightAverage", new() { WeightAverage = 0 } },
        { "CachedDraws", new() { CachedDraws = 0, Augmentation = new(true, 0, 0) } },
        { "CachedDraws", new() { CachedDraws = 2 } },
        { "CachedDraws", new() { CachedDraws = 2, Augmentation = new(true, 0, 0) { Mixup = 0.2 } } },
        { "LabelSmoothing", new() { LabelSmoothing = 1 } },
        { "LabelSmoothing", new() { LabelSmoothing = -0.1 } },
        { "ClassWeight", new() { ClassWeights = new Dictionary<string, double> { ["a"] = double.PositiveInfinity } } },
        { "ClassWeight", new() { ClassWeights = new Dictionary<string, double> { ["a"] = 1e300 } } },
        { "Stage", new() { Stages = [new() { Epochs = 0 }] } },
        { "Stage", new() { Stages = [new() { LearningRate = 1e39 }] } },
        { "Stage", new() { Stages = [new() { Epochs = int.MaxValue }, new() { Epochs = 1 }] } },
        { "Epochs", new() { Epochs = 5, Stages = [new() { Epochs = 2 }, new() { Epochs = 3 }] } },
        { "LogPath", new() { LogPath = "/a/run.jsonl", CheckpointPath = "/a/run.jsonl" } },
        { "TensorBoardPath", new() { TensorBoardPath = "/a/run", CheckpointPath = "/a/run" } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void ASettingThatCannotWorkIsNamed(string parameter, TrainingOptions options)
    {
        var error = Assert.Throws<PSTransferException>(() => options.Validate(hasValidation: false));
        Assert.Equal((FaultKind.InvalidArgument, parameter), (error.Kind, error.Target));
        Assert.StartsWith($"-{parameter} ", error.Message, StringComparison.Ordinal);

        // Experiments find the key by this data, so that no parameter may be in the message alone.
        Assert.Equal(parameter, error.Parameter);
        Assert.Equal(
            error.Others.Append(parameter).Order(),
            Mentioned().Matches(error.Message).Select(match => match.Groups[1].Value).Distinct().Order());
    }

    [Fact]
    public void AnErrorOfAStageHasItsNumber()
    {
        var error = Assert.Throws<PSTransferException>(() =>
            new TrainingOptions { Stages = [new(), new() { Epochs = 0 }] }.Validate(hasValidation: false));
        Assert.Equal(("Stage", 2, "Epochs must be at least 1, not 0."), (error.Parameter, error.Item, error.What));
        Assert.Equal("-Stage 2: Epochs must be at least 1, not 0.", error.Message);
    }

    [Fact]
    public void EpochsThatNoStageUsesAreRefused()
    {
        var error = Assert.Throws<PSTransferException>(() =>
            new TrainingOptions { Epochs = 5, Stages = [new() { Epochs = 2 }] }.Validate(hasValidation: false));
        Assert.Equal(
            "-Epochs 5 is never used, because every stage in -Stage sets its own Epochs. Remove -Epochs, or remove Epochs from the "
            + "stages that should use it.",
            error.Message);
    }

    [Fact]
    public void TheLimitsThemselvesAreAllowed()
    {
        new TrainingOptions().Validate(hasValidation: false);
        new TrainingOptions
        {
            Epochs = 1, StepsPerEpoch = 1, BatchSize = 1, LearningRate = double.Epsilon, BatchNormMomentum = 0, WeightDecay = 0,
            EarlyStopping = 1, CheckpointPath = "x", Resume = true
        }
            .Validate(hasValidation: true);
        new TrainingOptions { Momentum = 0.999, Nesterov = true }.Validate(hasValidation: false);
        new TrainingOptions
        {
            LearningRate = float.MaxValue, WeightDecay = float.MaxValue, LogPath = "/a/log", CheckpointPath = "/a/run"
        }.Validate(
            hasValidation: false);
        new TrainingOptions { Epochs = 5, Stages = [new() { Epochs = int.MaxValue - 5 }, new()] }.Validate(hasValidation: false);
    }

    [Theory]
    [InlineData(OptimizerKind.SGD, 0.01, 0)]
    [InlineData(OptimizerKind.Adam, 0.001, 0)]
    [InlineData(OptimizerKind.AdamW, 0.001, 0.01)]
    public void EachOptimizerHasItsUsualRateAndDecay(OptimizerKind optimizer, double rate, double decay)
    {
        var options = new TrainingOptions { Optimizer = optimizer };
        Assert.Equal((rate, decay), (options.Rate, options.Decay));
        Assert.Equal((0.5, 0.25), ((options with { LearningRate = 0.5 }).Rate, (options with { WeightDecay = 0.25 }).Decay));
    }

    [GeneratedRegex(@"(?<![\w-])-([A-Z][A-Za-z]+)")]
    private static partial Regex Mentioned();
}
