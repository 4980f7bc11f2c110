using System.Text.Json.Serialization;
using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Training;

/// <summary>Everything about a run but the model and the data. Validated once, by <see cref="Validate"/>.</summary>
public sealed record TrainingOptions
{
    private const string Stage = "Stage";
    private const string ValidationDataset = "ValidationDataset";

    /// <summary>Passes over the data, at least 1. Default: 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Steps in an epoch; null means one pass, the last smaller batch included. More than one pass reshuffles.</summary>
    public int? StepsPerEpoch { get; init; }

    /// <summary>Images in a step, at least 1. Default: 32.</summary>
    public int BatchSize { get; init; } = Defaults.BatchSize;

    /// <summary>Default: SGD.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>Positive; null means the optimiser's usual one (SGD 0.01, Adam and AdamW 0.001).</summary>
    public double? LearningRate { get; init; }

    /// <summary>How the rate changes; <see cref="LearningRate"/> is the highest. Default: Constant.</summary>
    public ScheduleKind Schedule { get; init; }

    /// <summary>
    /// Updates before the schedule over which the rate rises in equal steps; the one after them is the first at the full rate. At least 0, and
    /// fewer than the run's (each stage's). Not with OneCycle, which has a rise of its own. Default: 0.
    /// </summary>
    public int WarmupSteps { get; init; }

    /// <summary>What Step and Plateau multiply the rate by, above 0 and below 1; null means 0.1.</summary>
    public double? DecayFactor { get; init; }

    /// <summary>Epochs between Step's changes, epochs that Plateau waits; at least 1. Needed by these two and by no other.</summary>
    public int? DecayEpochs { get; init; }

    /// <summary>
    /// What the learning rate of the layers that match a wildcard pattern is multiplied by, above 0; null for none. Layers outside keep the
    /// rate itself.
    /// </summary>
    public IReadOnlyDictionary<string, double>? LayerRates { get; init; }

    /// <summary>Parts of the run, one after the other; empty for one part with the modes as they are.</summary>
    public IReadOnlyList<TrainingStage> Stages { get; init; } = [];

    /// <summary>Whether a pattern (first) matches a layer's name (second), whatever the case. Default: * and ?.</summary>
    [JsonIgnore]
    public Func<string, string, bool> Matches { internal get; init; } = NamedLayers.Wildcards;

    /// <summary>The largest norm of all gradients together; longer ones are scaled down to it. Above 0; null for no limit.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// Batches whose gradients make one update, at least 1. The update is that of one batch of all their images, but BatchNorm that normalises
    /// by the batch still does so over each of them. What is left at an epoch's end makes an update too. Default: 1.
    /// </summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>
    /// Decay of an exponential moving average of the weights, above 0 and below 1, which validation and the trained model use; null for none.
    /// Moving statistics that training moves are averaged with them.
    /// </summary>
    public double? WeightAverage { get; init; }

    /// <summary>The share of each label that goes to all classes alike, at least 0 and below 1. In training only. Default: 0.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>How much an image counts in the training loss by its class, above 0; classes that aren't named count 1. Null for none.</summary>
    public IReadOnlyDictionary<string, double>? ClassWeights { get; init; }

    /// <summary>Class weights from the training images, so that each class counts alike as a whole. Default: off.</summary>
    public bool BalanceClasses { get; init; }

    /// <summary>SGD's momentum, at least 0 and below 1. Default: 0.</summary>
    public double Momentum { get; init; }

    /// <summary>Nesterov's variant of momentum; needs a momentum. Default: off.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Weight decay, at least 0; null means the optimiser's usual one (SGD and Adam 0, AdamW 0.01). Frozen weights never decay.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Momentum of the moving statistics in Keras' convention (the share of the old), at least 0 and below 1; null leaves each layer's own.</summary>
    public double? BatchNormMomentum { get; init; }

    /// <summary>Default: Auto.</summary>
    public LossKind Loss { get; init; }

    /// <summary>
    /// What a training step computes in. What runs once for all epochs (<see cref="FeatureCache"/>) and every evaluation are float32 all the same.
    /// BFloat16 needs a processor that has its arithmetic. Default: Float32.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>Random changes to training images; null for none.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>
    /// How many augmentations each image has, at least 1, so that what unchanging layers make of them can be computed once: epoch e has that of
    /// epoch ((e − 1) mod n) + 1. Needs <see cref="Augmentation"/>, and not Mixup. Null for another one in each epoch, which can't be cached.
    /// </summary>
    public int? CachedDraws { get; init; }

    /// <summary>Seed of order, augmentation and dropout. Default: 42.</summary>
    public int Seed { get; init; } = Defaults.Seed;

    /// <summary>Stop after this many epochs without a lower validation loss; null for never. Needs validation images.</summary>
    public int? EarlyStopping { get; init; }

    /// <summary>
    /// At the end of the run, and of each of its stages, the model goes back to the best epoch so far. Needs validation images. Default: off,
    /// as in Keras: the model is what the last epoch left.
    /// </summary>
    public bool RestoreBest { get; init; }

    /// <summary>Where to write a checkpoint after each epoch; null for none.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Continue from <see cref="CheckpointPath"/> if it is there.</summary>
    public bool Resume { get; init; }

    /// <summary>A file to which each epoch adds a line of JSON; null for none. A failing log doesn't end the run.</summary>
    public string? LogPath { get; init; }

    /// <summary>A folder for an event file that TensorBoard shows; made where it isn't there. Null for none. A failing log doesn't end the run.</summary>
    public string? TensorBoardPath { get; init; }

    /// <summary>
    /// Where to keep what the first, unchanging layers give for each image, so that they run once per image instead of once per epoch:
    /// Auto (memory, or a temporary file where it doesn't fit), Off, or the full path of a folder whose files later runs use again.
    /// Training images are cached only without <see cref="Augmentation"/>, or with <see cref="CachedDraws"/>. Results are those of Off within 1e-4. Default: Auto.
    /// </summary>
    public string FeatureCache { get; init; } = "Auto";

    /// <summary>
    /// What would be a warning about BatchNorm is an error: known beforehand, before anything in the model changes; found during the run,
    /// before that epoch's checkpoint is written. Default: off.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>The highest rate of the run.</summary>
    public double Rate => LearningRate ?? (Optimizer == OptimizerKind.SGD ? 0.01 : 0.001);

    /// <summary>The weight decay of the run.</summary>
    public double Decay => WeightDecay ?? (Optimizer == OptimizerKind.AdamW ? 0.01 : 0);

    /// <summary>Epochs of all stages.</summary>
    public int TotalEpochs => (int)Math.Min(EpochsOfAllStages, int.MaxValue);

    /// <summary>The factor of Step and Plateau.</summary>
    internal double Factor => DecayFactor ?? 0.1;

    /// <summary>The parts of the run with all that holds in them; a run without stages is one.</summary>
    internal IReadOnlyList<TrainingOptions> PerStage => Stages.Count == 0
        ? [this]
        : [.. Stages.Select(stage => this with { Epochs = stage.Epochs ?? Epochs, LearningRate = stage.LearningRate ?? LearningRate, Stages = [] })];

    private long EpochsOfAllStages => PerStage.Sum(stage => (long)stage.Epochs);

    /// <summary>The epoch whose augmentation an epoch has.</summary>
    internal int DrawOf(int epoch) => CachedDraws is { } draws ? ((epoch - 1) % draws) + 1 : epoch;

    /// <summary><see cref="FeatureCache"/> as a user writes it.</summary>
    /// <param name="text">Auto, Off or a folder.</param>
    /// <param name="resolve">Makes a path of the user's a full one.</param>
    /// <exception cref="PSTransferException">It looks like a switch, such as On.</exception>
    public static string FeatureCacheOf(string text, Func<string, string> resolve)
    {
        if (text.ToUpperInvariant() is "AUTO" or "OFF")
        {
            return text;
        }

        Require(!SwitchWords.Has(text), nameof(FeatureCache), $"is Auto, Off or a folder, not {text}; ./{text} is the folder of that name");
        return resolve(text);
    }

    /// <summary>Checks ranges and combinations.</summary>
    /// <exception cref="PSTransferException">One of them can't work; the message names the parameter.</exception>
    public void Validate(bool hasValidation)
    {
        RequireInRange(nameof(Epochs));
        RequireInRange(nameof(StepsPerEpoch));
        RequireInRange(nameof(BatchSize));
        RequireInRange(nameof(LearningRate));
        RequireInRange(nameof(Momentum));
        Require(Momentum == 0 || Optimizer == OptimizerKind.SGD, nameof(Momentum), $"belongs to SGD; {Optimizer} has its own");
        Require(!Nesterov || Momentum > 0, nameof(Nesterov), "needs a -Momentum above 0", nameof(Momentum));
        RequireInRange(nameof(WeightDecay));
        RequireInRange(nameof(BatchNormMomentum));
        ValidateRates(hasValidation);
        RequireInRange(nameof(ClipNorm));
        RequireInRange(nameof(AccumulationSteps));
        RequireInRange(nameof(WeightAverage));
        RequireInRange(nameof(LabelSmoothing));
        RequirePositive(ClassWeights, "ClassWeight");
        RequireInRange(nameof(CachedDraws));
        Require(CachedDraws is null || Augmentation is not null, nameof(CachedDraws), "is how many augmentations each image has and needs -Augmentation; without one, features are cached by themselves", nameof(Augmentation));
        Require(CachedDraws is null || Augmentation is not { Mixup: > 0 }, nameof(CachedDraws), "isn't for Mixup, which mixes the images of a batch: take it out of -Augmentation", nameof(Augmentation));
        RequireInRange(nameof(EarlyStopping));
        Require(EarlyStopping is null || hasValidation, nameof(EarlyStopping), "watches the validation loss and needs -ValidationDataset", ValidationDataset);
        Require(!RestoreBest || hasValidation, nameof(RestoreBest), "goes back to the epoch with the lowest validation loss and needs -ValidationDataset", ValidationDataset);
        Require(!Resume || CheckpointPath is not null, nameof(Resume), "needs the -CheckpointPath to resume from", nameof(CheckpointPath));
        var comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        Require(LogPath is null || !LogPath.Equals(CheckpointPath, comparison), nameof(LogPath), "is the file of -CheckpointPath: give them two files", nameof(CheckpointPath));
        Require(TensorBoardPath is null || !TensorBoardPath.Equals(CheckpointPath, comparison), nameof(TensorBoardPath), "is the file of -CheckpointPath: give it a folder", nameof(CheckpointPath));
    }

    private void ValidateRates(bool hasValidation)
    {
        var decays = Schedule is ScheduleKind.Step or ScheduleKind.Plateau;
        RequireInRange(nameof(DecayEpochs));
        Require(!decays || DecayEpochs is not null, nameof(DecayEpochs), Schedule == ScheduleKind.Step
            ? "is needed by -Schedule Step: the epochs after which the rate falls each time"
            : "is needed by -Schedule Plateau: the epochs without a lower validation loss after which the rate falls", nameof(Schedule));
        Require(decays || DecayEpochs is null, nameof(DecayEpochs), $"belongs to -Schedule Step and Plateau, not to {Schedule}", nameof(Schedule));
        RequireInRange(nameof(DecayFactor));
        Require(decays || DecayFactor is null, nameof(DecayFactor), $"belongs to -Schedule Step and Plateau, not to {Schedule}", nameof(Schedule));
        Require(Schedule != ScheduleKind.Plateau || hasValidation, nameof(Schedule), "Plateau watches the validation loss and needs -ValidationDataset", ValidationDataset);
        RequireInRange(nameof(WarmupSteps));
        Require(WarmupSteps == 0 || Schedule != ScheduleKind.OneCycle, nameof(WarmupSteps), "isn't for -Schedule OneCycle, which warms up by itself", nameof(Schedule));
        RequirePositive(LayerRates, "LayerRate");
        foreach (var (index, stage) in Stages.Index())
        {
            stage.Validate((valid, key, what) =>
            {
                if (!valid)
                {
                    throw new PSTransferException(FaultKind.InvalidArgument, $"{key} {what}.", Stage) { Parameter = Stage, Item = index + 1 };
                }
            });
        }

        Require(EpochsOfAllStages <= int.MaxValue, Stage, $"has {EpochsOfAllStages} epochs in all, more than {int.MaxValue}");
        Require(
            Epochs == 1 || Stages.Count == 0 || Stages.Any(stage => stage.Epochs is null),
            nameof(Epochs),
            $"{Epochs} is never used, because every stage in -Stage sets its own Epochs. Remove -Epochs, or remove Epochs from the stages that should use it",
            Stage);
    }

    private void RequireInRange(string name) => TrainingSettings.All.First(setting => setting.Name == name).RequireInRange(this, Require);

    private static void RequirePositive(IReadOnlyDictionary<string, double>? values, string parameter)
    {
        foreach (var (name, value) in values ?? new Dictionary<string, double>())
        {
            Require(value is > 0 and <= float.MaxValue, parameter, $"must be a positive number for '{name}', at most 3.4e38 (float32), not {value}");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{TotalEpochs} epochs, {Optimizer} at {Rate}, batches of {BatchSize}, seed {Seed}";
}
