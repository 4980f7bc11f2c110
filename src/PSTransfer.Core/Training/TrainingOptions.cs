using PSTransfer.Core.Data;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Training;

/// <summary>The rule that turns gradients into steps.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent, with momentum and Nesterov's variant. Usual rate 0.01.</summary>
    SGD,

    /// <summary>Adam (Kingma and Ba 2015); weight decay is added to the gradient. Usual rate 0.001.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019). Usual rate 0.001, decay 0.01.</summary>
    AdamW,
}

/// <summary>How the learning rate changes over the run.</summary>
public enum ScheduleKind
{
    /// <summary>It doesn't.</summary>
    Constant,

    /// <summary>One cycle (Smith 2018): over 30 % of the steps up from a 25th of the rate along a cosine, then down to a 10,000th of where it began.</summary>
    OneCycle,
}

/// <summary>What is minimised.</summary>
public enum LossKind
{
    /// <summary>Binary for a head with one logit, categorical otherwise.</summary>
    Auto,

    /// <summary>Softmax cross entropy over at least two logits.</summary>
    CategoricalCrossEntropy,

    /// <summary>Sigmoid cross entropy on one logit; the second class is the positive one.</summary>
    BinaryCrossEntropy,
}

/// <summary>Everything about a run but the model and the data. Validated once, by <see cref="Validate"/>.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the data, at least 1. Default: 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Steps in an epoch; null means one pass, the last smaller batch included. More than one pass reshuffles.</summary>
    public int? StepsPerEpoch { get; init; }

    /// <summary>Images in a step, at least 1. Default: 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Default: SGD.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>Positive; null means the optimiser's usual one (SGD 0.01, Adam and AdamW 0.001).</summary>
    public double? LearningRate { get; init; }

    /// <summary>How the rate changes; <see cref="LearningRate"/> is the highest. Default: Constant.</summary>
    public ScheduleKind Schedule { get; init; }

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

    /// <summary>Random changes to training images; null for none.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>Seed of order, augmentation and dropout. Default: 42.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Stop after this many epochs without a lower validation loss; null for never. Needs validation images.</summary>
    public int? EarlyStopping { get; init; }

    /// <summary>Where to write a checkpoint after each epoch; null for none.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Continue from <see cref="CheckpointPath"/> if it is there.</summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Where to keep what the first, unchanging layers give for each image, so that they run once per image instead of once per epoch:
    /// Auto (memory, or a temporary file where it doesn't fit), Off, or the full path of a folder whose files later runs use again.
    /// Training images are cached only without <see cref="Augmentation"/>. Results are those of Off within 1e-4. Default: Auto.
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

    /// <summary>Checks ranges and combinations.</summary>
    /// <exception cref="PSTransferException">One of them can't work; the message names the parameter.</exception>
    public void Validate(bool hasValidation)
    {
        Require(Epochs >= 1, nameof(Epochs), $"must be at least 1, not {Epochs}");
        Require(StepsPerEpoch is null or >= 1, nameof(StepsPerEpoch), $"must be at least 1, not {StepsPerEpoch}");
        Require(BatchSize >= 1, nameof(BatchSize), $"must be at least 1, not {BatchSize}");
        Require(double.IsFinite(Rate) && Rate > 0, nameof(LearningRate), $"must be a positive number, not {Rate}");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), $"must be at least 0 and below 1, not {Momentum}");
        Require(Momentum == 0 || Optimizer == OptimizerKind.SGD, nameof(Momentum), $"belongs to SGD; {Optimizer} has its own");
        Require(!Nesterov || Momentum > 0, nameof(Nesterov), "needs a -Momentum above 0");
        Require(double.IsFinite(Decay) && Decay >= 0, nameof(WeightDecay), $"must be at least 0, not {Decay}");
        Require(BatchNormMomentum is null or (>= 0 and < 1), nameof(BatchNormMomentum), $"must be at least 0 and below 1, not {BatchNormMomentum}");
        Require(EarlyStopping is null or >= 1, nameof(EarlyStopping), $"must be at least 1 epoch, not {EarlyStopping}");
        Require(EarlyStopping is null || hasValidation, nameof(EarlyStopping), "watches the validation loss and needs -ValidationDataset");
        Require(!Resume || CheckpointPath is not null, nameof(Resume), "needs the -CheckpointPath to resume from");
    }
}
