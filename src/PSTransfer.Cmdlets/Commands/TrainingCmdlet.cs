using System.Collections;
using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Data;
using PSTransfer.Core.Training;

namespace PSTransfer.Commands;

/// <summary>The parameters of a training run, which Invoke-FineTune and Compare-FreezeMode share.</summary>
public abstract class TrainingCmdlet : TransferCmdlet
{
    /// <summary>The model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>Training images.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>Validation images; the training images again are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public ImageDataset? ValidationDataset { get; set; }

    /// <summary>Passes over the data.</summary>
    [Parameter]
    public int Epochs { get; set; } = 1;

    /// <summary>Steps in an epoch.</summary>
    [Parameter]
    public int? StepsPerEpoch { get; set; }

    /// <summary>Images in a step.</summary>
    [Parameter]
    public int BatchSize { get; set; } = 32;

    /// <summary>The optimiser.</summary>
    [Parameter]
    public OptimizerKind Optimizer { get; set; }

    /// <summary>The learning rate.</summary>
    [Parameter]
    public double? LearningRate { get; set; }

    /// <summary>How the learning rate changes.</summary>
    [Parameter]
    public ScheduleKind Schedule { get; set; }

    /// <summary>Updates over which the rate rises before the schedule.</summary>
    [Parameter]
    public int WarmupSteps { get; set; }

    /// <summary>Epochs between Step's changes, epochs that Plateau waits.</summary>
    [Parameter]
    public int? DecayEpochs { get; set; }

    /// <summary>What Step and Plateau multiply the rate by.</summary>
    [Parameter]
    public double? DecayFactor { get; set; }

    /// <summary>What the rate of some layers is multiplied by: pattern = factor.</summary>
    [Parameter]
    public IDictionary? LayerRate { get; set; }

    /// <summary>SGD's momentum.</summary>
    [Parameter]
    public double Momentum { get; set; }

    /// <summary>Nesterov's momentum.</summary>
    [Parameter]
    public SwitchParameter Nesterov { get; set; }

    /// <summary>Weight decay.</summary>
    [Parameter]
    public double? WeightDecay { get; set; }

    /// <summary>The largest norm of all gradients together.</summary>
    [Parameter]
    public double? ClipNorm { get; set; }

    /// <summary>Batches that make one update.</summary>
    [Parameter]
    public int AccumulationSteps { get; set; } = 1;

    /// <summary>Decay of the moving average of the weights.</summary>
    [Parameter]
    public double? WeightAverage { get; set; }

    /// <summary>Momentum of moving statistics, Keras' convention.</summary>
    [Parameter]
    public double? BatchNormMomentum { get; set; }

    /// <summary>The loss.</summary>
    [Parameter]
    public LossKind Loss { get; set; }

    /// <summary>The share of each label that goes to all classes alike.</summary>
    [Parameter]
    public double LabelSmoothing { get; set; }

    /// <summary>Auto, or class = weight.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClassWeightCompleter))]
    public object? ClassWeight { get; set; }

    /// <summary>Random changes to training images.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AugmentationCompleter))]
    public string[] Augmentation { get; set; } = [];

    /// <summary>How many augmentations each image has, for the feature cache.</summary>
    [Parameter]
    public int? CachedDraws { get; set; }

    /// <summary>Seed of order, augmentation and dropout.</summary>
    [Parameter]
    public int Seed { get; set; } = 42;

    /// <summary>Where the features of unchanging layers are kept: Auto, Off, or a folder.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FeatureCacheCompleter))]
    [ValidateNotNullOrEmpty]
    public string FeatureCache { get; set; } = "Auto";

    /// <summary>The run's options as Core takes them.</summary>
    private protected virtual TrainingOptions Options => new()
    {
        Epochs = Epochs,
        StepsPerEpoch = StepsPerEpoch,
        BatchSize = BatchSize,
        Optimizer = Optimizer.To<Core.Training.OptimizerKind>(),
        LearningRate = LearningRate,
        Schedule = Schedule.To<Core.Training.ScheduleKind>(),
        WarmupSteps = WarmupSteps,
        DecayEpochs = DecayEpochs,
        DecayFactor = DecayFactor,
        LayerRates = Table.OfNumbers(LayerRate, nameof(LayerRate)),
        Matches = MatchesWildcard,
        Momentum = Momentum,
        Nesterov = Nesterov,
        WeightDecay = WeightDecay,
        ClipNorm = ClipNorm,
        AccumulationSteps = AccumulationSteps,
        WeightAverage = WeightAverage,
        BatchNormMomentum = BatchNormMomentum,
        Loss = Loss.To<Core.Training.LossKind>(),
        LabelSmoothing = LabelSmoothing,
        BalanceClasses = IsAuto(ClassWeight),
        ClassWeights = IsAuto(ClassWeight) ? null : Table.OfNumbers(ClassWeight, nameof(ClassWeight)),
        Augmentation = Core.Data.Augmentation.Parse(Augmentation),
        CachedDraws = CachedDraws,
        Seed = Seed,
        FeatureCache = TrainingOptions.FeatureCacheOf(FeatureCache, ResolveTarget),
    };

    /// <summary>Shows the progress of what is computed once before the steps.</summary>
    private protected void ShowPreparing(string what, double share)
    {
        var activity = $"Preparing {Model.Name}";
        if (share < 1)
        {
            ShowProgress(activity, what, share);
        }
        else
        {
            EndProgress(activity);
        }
    }

    private static bool IsAuto(object? value) => value is not null && Table.Unwrap(value) is string text && text.Equals("Auto", StringComparison.OrdinalIgnoreCase);
}
