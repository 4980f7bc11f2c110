using PSTransfer.Core.Data.Augmenting;

namespace PSTransfer.Core.Training;

/// <summary>
/// The options of training as tables. Keys of experiments, the identity by which -Resume knows a run, the ranges that are checked and the
/// script that runs again all follow these tables. A test demands a row for each option. The order is that of an experiment's keys.
/// </summary>
internal static class TrainingSettings
{
    /// <summary>The word for class weights that let each class count alike.</summary>
    public const string Auto = "Auto";

    private static readonly NumberRange _positive = new(Above: 0);
    private static readonly NumberRange _fromOne = new(Least: 1);
    private static readonly NumberRange _share = new(Least: 0, Below: 1);
    private static readonly NumberRange _between = new(Above: 0, Below: 1);

    /// <summary>The value of -ClassWeight that stands for <see cref="Auto"/>.</summary>
    public static IReadOnlyDictionary<string, double> Balanced { get; } = new Dictionary<string, double>();

    /// <summary>The options of a stage. None has an identity of its own: all of a stage is in that of the run's stages.</summary>
    public static IReadOnlyList<Setting<TrainingStage>> Stage { get; } =
    [
        new Setting<TrainingStage, FreezeMode>("Mode", s => s.Mode, (s, v) => s with { Mode = v },
            "The mode of its layers; as before without it.") { IsIdentity = false },
        new Setting<TrainingStage, IReadOnlyList<string>>("Layer", s => s.LayerPatterns, (s, v) => s with { LayerPatterns = v },
            "Its layers, wildcards allowed; the whole backbone without it.")
        {
            IsIdentity = false, Properties = [nameof(TrainingStage.LayerPatterns)],
        },
        new Setting<TrainingStage, int>("First", s => s.First, (s, v) => s with { First = v },
            "The first n layers, in the place of layer.") { IsIdentity = false, Range = _fromOne },
        new Setting<TrainingStage, int>("Epochs", s => s.Epochs, (s, v) => s with { Epochs = v },
            "Its epochs; the run's without it.") { IsIdentity = false, Range = _fromOne },
        new Setting<TrainingStage, double>("LearningRate", s => s.LearningRate, (s, v) => s with { LearningRate = v },
            "Its rate; the run's without it.") { IsIdentity = false, Range = _positive with { IsFloat = true } },
    ];

    /// <summary>The options of a run.</summary>
    public static IReadOnlyList<Setting<TrainingOptions>> All { get; } =
    [
        // More epochs are welcome, unless the rate or a stage depends on their number: see Schedule and Stage.
        new Setting<TrainingOptions, int>("Epochs", o => o.Epochs, (o, v) => o with { Epochs = v },
            "Passes over the images.") { IsIdentity = false, Range = _fromOne },
        new Setting<TrainingOptions, int>("StepsPerEpoch", o => o.StepsPerEpoch, (o, v) => o with { StepsPerEpoch = v },
            "Steps in an epoch; one pass without it.") { IsIdentity = true, Range = _fromOne },
        new Setting<TrainingOptions, int>("BatchSize", o => o.BatchSize, (o, v) => o with { BatchSize = v },
            "Images in a step.") { IsIdentity = true, Range = _fromOne },
        new Setting<TrainingOptions, OptimizerKind>("Optimizer", o => o.Optimizer, (o, v) => o with { Optimizer = v },
            "The optimiser.") { IsIdentity = true },
        new Setting<TrainingOptions, double>("LearningRate", o => o.LearningRate, (o, v) => o with { LearningRate = v },
            "The highest rate; 0.01 for SGD and 0.001 for Adam and AdamW without it.")
        {
            IsIdentity = true, Range = _positive with { IsFloat = true }, UsedValue = o => o.Rate,
        },
        new Setting<TrainingOptions, ScheduleKind>("Schedule", o => o.Schedule, (o, v) => o with { Schedule = v },
            "How the rate changes.") { IsIdentity = true, IdentityText = ScheduleText },
        new Setting<TrainingOptions, int>("WarmupSteps", o => o.WarmupSteps, (o, v) => o with { WarmupSteps = v },
            "Updates over which the rate rises before the schedule.") { IsIdentity = true, Range = new(Least: 0) },
        new Setting<TrainingOptions, int>("DecayEpochs", o => o.DecayEpochs, (o, v) => o with { DecayEpochs = v },
            "Epochs between Step's changes; epochs that Plateau waits.")
        {
            IsIdentity = true, Range = _fromOne, IdentityText = InSchedule,
        },
        new Setting<TrainingOptions, double>("DecayFactor", o => o.DecayFactor, (o, v) => o with { DecayFactor = v },
            "What Step and Plateau multiply the rate by; 0.1 without it.")
        {
            IsIdentity = true, Range = _between, IdentityText = InSchedule,
        },
        new Setting<TrainingOptions, IReadOnlyDictionary<string, double>>("LayerRate", o => o.LayerRates,
            (o, v) => o with { LayerRates = v },
            "What the rate of some layers is multiplied by: pattern and factor.")
        {
            IsIdentity = true, Properties = [nameof(TrainingOptions.LayerRates)],
        },
        new Setting<TrainingOptions, double>("Momentum", o => o.Momentum, (o, v) => o with { Momentum = v },
            "SGD's momentum.") { IsIdentity = true, Range = _share },
        new Setting<TrainingOptions, bool>("Nesterov", o => o.Nesterov, (o, v) => o with { Nesterov = v },
            "Nesterov's momentum.") { IsIdentity = true },
        new Setting<TrainingOptions, double>("WeightDecay", o => o.WeightDecay, (o, v) => o with { WeightDecay = v },
            "Weight decay; 0.01 for AdamW and 0 for the others without it.")
        {
            IsIdentity = true, Range = new(Least: 0, IsFloat: true), UsedValue = o => o.Decay,
        },
        new Setting<TrainingOptions, double>("ClipNorm", o => o.ClipNorm, (o, v) => o with { ClipNorm = v },
            "The largest norm of all gradients together.") { IsIdentity = true, Range = _positive },
        new Setting<TrainingOptions, int>("AccumulationSteps", o => o.AccumulationSteps, (o, v) => o with { AccumulationSteps = v },
            "Batches that make one update.") { IsIdentity = true, Range = _fromOne },
        new Setting<TrainingOptions, double>("WeightAverage", o => o.WeightAverage, (o, v) => o with { WeightAverage = v },
            "Decay of a moving average of the weights.") { IsIdentity = true, Range = _between },
        new Setting<TrainingOptions, double>("BatchNormMomentum", o => o.BatchNormMomentum, (o, v) => o with { BatchNormMomentum = v },
            "Momentum of moving statistics, Keras' convention; each layer's own without it.") { IsIdentity = true, Range = _share },
        new Setting<TrainingOptions, Precision>("Precision", o => o.Precision, (o, v) => o with { Precision = v },
            "What a training step computes in.") { IsIdentity = true },
        new Setting<TrainingOptions, LossKind>("Loss", o => o.Loss, (o, v) => o with { Loss = v },
            "The loss.") { IsIdentity = true },
        new Setting<TrainingOptions, double>("LabelSmoothing", o => o.LabelSmoothing, (o, v) => o with { LabelSmoothing = v },
            "The share of each label that goes to all classes alike.") { IsIdentity = true, Range = _share },
        new Setting<TrainingOptions, IReadOnlyDictionary<string, double>>("ClassWeight", o => o.BalanceClasses ? Balanced : o.ClassWeights,
            (o, v) => v == Balanced ? o with { BalanceClasses = true } : o with { ClassWeights = v },
            "How much a class counts: Auto for all alike, or class and weight.")
        {
            IsIdentity = true, Properties = [nameof(TrainingOptions.ClassWeights), nameof(TrainingOptions.BalanceClasses)], Words = [Auto],
        },
        new Setting<TrainingOptions, IReadOnlyList<string>>("Augmentation", o => o.Augmentation?.ToString().Split(", "),
            (o, v) => o with { Augmentation = Augmentation.Parse(v) },
            "Random changes to training images, as in [Light, \"Zoom:0.3\"].") { IsIdentity = true, Words = [.. AugmentationNames.All] },
        new Setting<TrainingOptions, int>("CachedDraws", o => o.CachedDraws, (o, v) => o with { CachedDraws = v },
            "Augmentations of each image, whose features are kept; a new one in each epoch without it.")
        {
            IsIdentity = true, Range = _fromOne,
        },
        new Setting<TrainingOptions, int>("Seed", o => o.Seed, (o, v) => o with { Seed = v },
            "Seed of order, augmentation and dropout.") { IsIdentity = true },
        new Setting<TrainingOptions, string>("FeatureCache", o => o.FeatureCache, (o, v) => o with { FeatureCache = v },
            "Where the features of unchanging layers are kept: Auto, Off, or a folder.") { IsIdentity = false, Words = ["Auto", "Off"] },

        // A run may go on with another patience. A run of stages may not: early stopping ends its stages.
        new Setting<TrainingOptions, int>("EarlyStopping", o => o.EarlyStopping, (o, v) => o with { EarlyStopping = v },
            "Stop after so many epochs without a lower validation loss.")
        {
            IsIdentity = true, Range = new(Least: 1, Unit: "epoch"),
            IdentityText = o => o.Stages.Count == 0 ? null : SettingText.Of(o.EarlyStopping),
        },
        new Setting<TrainingOptions, bool>("RestoreBest", o => o.RestoreBest, (o, v) => o with { RestoreBest = v },
            "Go back to the best epoch at the end.") { IsIdentity = true },
        new Setting<TrainingOptions, IReadOnlyList<TrainingStage>>("Stage", o => o.Stages.Count == 0 ? null : o.Stages,
            (o, v) => o with { Stages = v },
            "Parts of the run: mode, layer or first, epochs, learningRate of each.")
        {
            IsIdentity = true, Properties = [nameof(TrainingOptions.Stages)], IdentityText = StageText,
        },
        new Setting<TrainingOptions, string>("CheckpointPath", o => o.CheckpointPath, (o, v) => o with { CheckpointPath = v },
            "A checkpoint to write after each epoch; {run} in it stands for the run.") { IsIdentity = false },
        new Setting<TrainingOptions, string>("LogPath", o => o.LogPath, (o, v) => o with { LogPath = v },
            "A file that gets a line of JSON for each epoch; {run} in it stands for the run.") { IsIdentity = false },
        new Setting<TrainingOptions, string>("TensorBoardPath", o => o.TensorBoardPath, (o, v) => o with { TensorBoardPath = v },
            "A folder of events for TensorBoard; {run} in it stands for the run.") { IsIdentity = false },
        new Setting<TrainingOptions, bool>("Resume", o => o.Resume, (o, v) => o with { Resume = v },
            "Go on from the checkpoint if it is there.") { IsIdentity = false },
        new Setting<TrainingOptions, bool>("Strict", o => o.Strict, (o, v) => o with { Strict = v },
            "Errors in place of the warnings about BatchNorm.") { IsIdentity = false },
    ];

    /// <summary>The options of a run in another order.</summary>
    /// <param name="moves">Options that stand elsewhere than in the table, each with the option that it follows.</param>
    public static IReadOnlyList<Setting<TrainingOptions>> Reordered(params (string Name, string After)[] moves)
    {
        var settings = All.ToList();
        foreach (var (name, after) in moves)
        {
            var setting = settings.First(one => one.Name == name);
            settings.Remove(setting);
            settings.Insert(settings.FindIndex(one => one.Name == after) + 1, setting);
        }

        return settings;
    }

    /// <summary>The schedule's text. Cosine and OneCycle depend on the number of epochs, Step and Plateau on two other options.</summary>
    private static string ScheduleText(TrainingOptions o) => o.Schedule switch
    {
        ScheduleKind.Cosine or ScheduleKind.OneCycle => $"{o.Schedule} over {SettingText.Of(o.Epochs)} epochs",
        ScheduleKind.Step or ScheduleKind.Plateau =>
            $"{o.Schedule} by {SettingText.Of(o.Factor)} in {SettingText.Of(o.DecayEpochs)} epochs",
        _ => $"{o.Schedule}",
    };

    /// <summary>No text, because the option is part of the schedule's text.</summary>
    private static string? InSchedule(TrainingOptions o) => null;

    /// <summary>The stages with the epochs and the rate that they take from the run; no text without stages.</summary>
    private static string? StageText(TrainingOptions o) => o.Stages.Count == 0
        ? null
        : string.Join("; ", o.Stages.Select(stage => stage with
        {
            Epochs = stage.Epochs ?? o.Epochs, LearningRate = stage.LearningRate ?? o.Rate,
        }));
}
