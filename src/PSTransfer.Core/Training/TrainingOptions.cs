using System.Text.Json.Serialization;
using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Training;

/// <summary>Everything about a run except the model and the data. <see cref="Validate"/> checks it once.</summary>
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

    /// <summary>The rule by which gradients change the weights. Default: SGD.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>The highest learning rate, positive. Null means the optimiser's usual rate: SGD 0.01, Adam and AdamW 0.001.</summary>
    public double? LearningRate { get; init; }

    /// <summary>How the learning rate changes during the run. Default: Constant.</summary>
    public ScheduleKind Schedule { get; init; }

    /// <summary>
    /// Updates before the schedule over which the rate rises in equal steps. The update after them is the first at the full rate. At
    /// least 0, and fewer than the run's or any stage's updates. Not allowed with OneCycle, which warms up by itself. Default: 0.
    /// </summary>
    public int WarmupSteps { get; init; }

    /// <summary>The factor by which Step and Plateau lower the rate, above 0 and below 1. Null means 0.1.</summary>
    public double? DecayFactor { get; init; }

    /// <summary>
    /// Epochs between the changes of Step, or that Plateau waits; at least 1. Only these two schedules take it, and both need it.
    /// </summary>
    public int? DecayEpochs { get; init; }

    /// <summary>
    /// Factors of the learning rate, above 0, by wildcard patterns on layer names. Layers that no pattern matches keep the rate itself.
    /// Null for no factors.
    /// </summary>
    public IReadOnlyDictionary<string, double>? LayerRates { get; init; }

    /// <summary>The parts of the run, in order. An empty list means one part, with the freeze modes as they are.</summary>
    public IReadOnlyList<TrainingStage> Stages { get; init; } = [];

    /// <summary>Whether a pattern (first) matches a layer's name (second), without regard to case. Default: * and ?.</summary>
    [JsonIgnore]
    public Func<string, string, bool> Matches { internal get; init; } = NamedLayers.Wildcards;

    /// <summary>The largest norm of all gradients together, above 0. Longer gradients are scaled down to it. Null for no limit.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// Batches whose gradients make one update, at least 1. The update is that of one batch with the images of all of them. BatchNorm still
    /// normalises over each batch by itself. Batches left at an epoch's end make an update too. Default: 1.
    /// </summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>
    /// Decay of an exponential moving average of the weights, above 0 and below 1. Validation and the trained model use the average. Moving
    /// statistics that training moves are averaged too. Null for no average.
    /// </summary>
    public double? WeightAverage { get; init; }

    /// <summary>
    /// The share of each label that is spread evenly over all classes, at least 0 and below 1. In training only. Default: 0.
    /// </summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Weights of classes in the training loss, above 0. Classes that aren't named have weight 1. Null for no weights.</summary>
    public IReadOnlyDictionary<string, double>? ClassWeights { get; init; }

    /// <summary>Whether class weights are computed so that each class has the same total weight. Default: off.</summary>
    public bool BalanceClasses { get; init; }

    /// <summary>SGD's momentum, at least 0 and below 1. Default: 0.</summary>
    public double Momentum { get; init; }

    /// <summary>Whether momentum is Nesterov's variant. Needs a momentum above 0. Default: off.</summary>
    public bool Nesterov { get; init; }

    /// <summary>
    /// Weight decay, at least 0. Null means the optimiser's usual decay: SGD and Adam 0, AdamW 0.01. Frozen weights never decay.
    /// </summary>
    public double? WeightDecay { get; init; }

    /// <summary>
    /// Momentum of the moving statistics, at least 0 and below 1. The convention is that of Keras: the share of the old value. Null
    /// leaves each layer its own.
    /// </summary>
    public double? BatchNormMomentum { get; init; }

    /// <summary>The loss function. Default: Auto, which follows from the head.</summary>
    public LossKind Loss { get; init; }

    /// <summary>
    /// Precision of training steps. Features that are computed once for all epochs (<see cref="FeatureCache"/>) and all evaluations stay in
    /// float32. BFloat16 needs a processor with bfloat16 arithmetic. Default: Float32.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>Random changes to training images; null for none.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>
    /// How many augmentations each image has, at least 1, so that unchanging layers compute their features once. Epoch e has the
    /// augmentation of epoch ((e − 1) mod n) + 1. Needs <see cref="Augmentation"/> without Mixup. Null for a new augmentation in each
    /// epoch, which can't be cached.
    /// </summary>
    public int? CachedDraws { get; init; }

    /// <summary>Seed of the images' order, augmentation and dropout. Default: 42.</summary>
    public int Seed { get; init; } = Defaults.Seed;

    /// <summary>Epochs without a lower validation loss after which the run stops. Needs validation images. Null for never.</summary>
    public int? EarlyStopping { get; init; }

    /// <summary>
    /// Whether the model goes back to the best epoch so far at the end of the run and of each stage. Needs validation images. Default:
    /// off, as in Keras: the model has the weights of the last epoch.
    /// </summary>
    public bool RestoreBest { get; init; }

    /// <summary>The file to which a checkpoint is written after each epoch. Null for none.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Whether the run goes on from the checkpoint at <see cref="CheckpointPath"/>, if there is one.</summary>
    public bool Resume { get; init; }

    /// <summary>The file to which each epoch adds a line of JSON. A log that can't be written doesn't end the run. Null for none.</summary>
    public string? LogPath { get; init; }

    /// <summary>
    /// The folder of an event file for TensorBoard, made if it isn't there. A log that can't be written doesn't end the run. Null for none.
    /// </summary>
    public string? TensorBoardPath { get; init; }

    /// <summary>
    /// Where the features of the first, unchanging layers are kept, so that these layers run once per image instead of once per epoch.
    /// Auto keeps them in memory, or in a temporary file if they don't fit. Off keeps none. The full path of a folder keeps them for
    /// later runs. Features of training images are kept only without <see cref="Augmentation"/>, or with <see cref="CachedDraws"/>.
    /// Results are those of Off within 1e-4. Default: Auto.
    /// </summary>
    public string FeatureCache { get; init; } = "Auto";

    /// <summary>
    /// Whether warnings about BatchNorm are errors. A fault known beforehand is an error before anything in the model changes. A fault
    /// found during the run is an error before that epoch's checkpoint is written. Default: off.
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

    /// <summary>The options of each stage of the run. A run without stages has one.</summary>
    internal IReadOnlyList<TrainingOptions> PerStage => Stages.Count == 0
        ? [this]
        :
        [
            .. Stages.Select(stage => this with
            {
                Epochs = stage.Epochs ?? Epochs, LearningRate = stage.LearningRate ?? LearningRate, Stages = [],
            }),
        ];

    private long EpochsOfAllStages => PerStage.Sum(stage => (long)stage.Epochs);

    /// <summary>The epoch whose augmentation the epoch uses.</summary>
    internal int DrawOf(int epoch) => CachedDraws is { } draws ? ((epoch - 1) % draws) + 1 : epoch;

    /// <summary>The value of <see cref="FeatureCache"/> for a user's text.</summary>
    /// <param name="text">Auto, Off or a folder.</param>
    /// <param name="resolve">Makes a user's path a full path.</param>
    /// <exception cref="PSTransferException">The text looks like a switch, such as On.</exception>
    public static string FeatureCacheOf(string text, Func<string, string> resolve)
    {
        if (text.ToUpperInvariant() is "AUTO" or "OFF")
        {
            return text;
        }

        Require(
            !SwitchWords.Has(text), nameof(FeatureCache), $"is Auto, Off or a folder, not {text}; ./{text} is the folder of that name");
        return resolve(text);
    }

    /// <summary>Checks ranges and combinations.</summary>
    /// <param name="hasValidation">Whether the run has validation images.</param>
    /// <exception cref="PSTransferException">An option can't work; the message names the parameter.</exception>
    public void Validate(bool hasValidation)
    {
        RequireInRange(nameof(Epochs));
        RequireInRange(nameof(StepsPerEpoch));
        RequireInRange(nameof(BatchSize));
        RequireInRange(nameof(LearningRate));
        RequireInRange(nameof(Momentum));
        Require(Momentum == 0 || Optimizer == OptimizerKind.SGD, nameof(Momentum), $"belongs to SGD; {Optimizer} has its own");
        Require(!Nesterov || Momentum > 0, nameof(Nesterov), $"needs a {Option.Name(nameof(Momentum))} above 0", nameof(Momentum));
        RequireInRange(nameof(WeightDecay));
        RequireInRange(nameof(BatchNormMomentum));
        ValidateRates(hasValidation);
        RequireInRange(nameof(ClipNorm));
        RequireInRange(nameof(AccumulationSteps));
        RequireInRange(nameof(WeightAverage));
        RequireInRange(nameof(LabelSmoothing));
        RequirePositive(ClassWeights, "ClassWeight");
        RequireInRange(nameof(CachedDraws));
        Require(
            CachedDraws is null || Augmentation is not null,
            nameof(CachedDraws),
            $"is how many augmentations each image has and needs {Option.Name(nameof(Augmentation))}; "
                + "without one, features are cached by themselves",
            nameof(Augmentation));
        Require(
            CachedDraws is null || Augmentation is not { Mixup: > 0 },
            nameof(CachedDraws),
            $"isn't for Mixup, which mixes the images of a batch: take it out of {Option.Name(nameof(Augmentation))}",
            nameof(Augmentation));
        RequireInRange(nameof(EarlyStopping));
        Require(
            EarlyStopping is null || hasValidation,
            nameof(EarlyStopping),
            $"watches the validation loss and needs {Option.Name(ValidationDataset)}",
            ValidationDataset);
        Require(
            !RestoreBest || hasValidation,
            nameof(RestoreBest),
            $"goes back to the epoch with the lowest validation loss and needs {Option.Name(ValidationDataset)}",
            ValidationDataset);
        Require(
            !Resume || CheckpointPath is not null,
            nameof(Resume),
            $"needs the {Option.Name(nameof(CheckpointPath))} to resume from",
            nameof(CheckpointPath));
        var comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        Require(
            LogPath is null || !LogPath.Equals(CheckpointPath, comparison),
            nameof(LogPath),
            $"is the file of {Option.Name(nameof(CheckpointPath))}: give them two files",
            nameof(CheckpointPath));
        Require(
            TensorBoardPath is null || !TensorBoardPath.Equals(CheckpointPath, comparison),
            nameof(TensorBoardPath),
            $"is the file of {Option.Name(nameof(CheckpointPath))}: give it a folder",
            nameof(CheckpointPath));
    }

    private void ValidateRates(bool hasValidation)
    {
        var decays = Schedule is ScheduleKind.Step or ScheduleKind.Plateau;
        RequireInRange(nameof(DecayEpochs));
        Require(
            !decays || DecayEpochs is not null,
            nameof(DecayEpochs),
            Schedule == ScheduleKind.Step
                ? $"is needed by {Option.Name(nameof(Schedule))} Step: the epochs after which the rate falls each time"
                : $"is needed by {Option.Name(nameof(Schedule))} Plateau: "
                    + "the epochs without a lower validation loss after which the rate falls",
            nameof(Schedule));
        Require(
            decays || DecayEpochs is null,
            nameof(DecayEpochs),
            $"belongs to {Option.Name(nameof(Schedule))} Step and Plateau, not to {Schedule}",
            nameof(Schedule));
        RequireInRange(nameof(DecayFactor));
        Require(
            decays || DecayFactor is null,
            nameof(DecayFactor),
            $"belongs to {Option.Name(nameof(Schedule))} Step and Plateau, not to {Schedule}",
            nameof(Schedule));
        Require(
            Schedule != ScheduleKind.Plateau || hasValidation,
            nameof(Schedule),
            $"Plateau watches the validation loss and needs {Option.Name(ValidationDataset)}",
            ValidationDataset);
        RequireInRange(nameof(WarmupSteps));
        Require(
            WarmupSteps == 0 || Schedule != ScheduleKind.OneCycle,
            nameof(WarmupSteps),
            $"isn't for {Option.Name(nameof(Schedule))} OneCycle, which warms up by itself",
            nameof(Schedule));
        RequirePositive(LayerRates, "LayerRate");
        foreach (var (index, stage) in Stages.Index())
        {
            stage.Validate((valid, key, what) =>
            {
                if (!valid)
                {
                    throw new PSTransferException(FaultKind.InvalidArgument, $"{key} {what}.", Stage)
                    {
                        Parameter = Stage, Item = index + 1,
                    };
                }
            });
        }

        Require(EpochsOfAllStages <= int.MaxValue, Stage, $"has {EpochsOfAllStages} epochs in all, more than {int.MaxValue}");
        Require(
            Epochs == 1 || Stages.Count == 0 || Stages.Any(stage => stage.Epochs is null),
            nameof(Epochs),
            $"{Epochs} is never used, because every stage in {Option.Name(Stage)} sets its own Epochs. "
                + $"Remove {Option.Name(nameof(Epochs))}, or remove Epochs from the stages that should use it",
            Stage);
    }

    private void RequireInRange(string name) => TrainingSettings.All.First(setting => setting.Name == name).RequireInRange(this, Require);

    private static void RequirePositive(IReadOnlyDictionary<string, double>? values, string parameter)
    {
        foreach (var (name, value) in values ?? new Dictionary<string, double>())
        {
            Require(
                value is > 0 and <= float.MaxValue,
                parameter,
                $"must be a positive number for '{name}', at most 3.4e38 (float32), not {value}");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{TotalEpochs} epochs, {Optimizer} at {Rate}, batches of {BatchSize}, seed {Seed}";
}
