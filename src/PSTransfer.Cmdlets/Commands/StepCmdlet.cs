using System.Collections;
using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.Commands;

/// <summary>The parameters of a training step, which a run and the search for its learning rate share.</summary>
public abstract class StepCmdlet : TransferCmdlet
{
    /// <summary>The model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>Training images.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Training)]
    [Alias("Training")]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>Images in a step.</summary>
    [Parameter]
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>The optimiser.</summary>
    [Parameter]
    public OptimizerKind Optimizer { get; set; }

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

    /// <summary>What a step computes in.</summary>
    [Parameter]
    public Precision Precision { get; set; }

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

    /// <summary>Seed of order, augmentation and dropout.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>Where the features of unchanging layers are kept: Auto, Off, or a folder.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FeatureCacheCompleter))]
    [ValidateNotNullOrEmpty]
    public string FeatureCache { get; set; } = "Auto";

    /// <summary>The options as Core takes them.</summary>
    private protected virtual TrainingOptions Options => new()
    {
        BatchSize = BatchSize,
        Optimizer = Optimizer,
        LayerRates = Table.OfNumbers(LayerRate, nameof(LayerRate)),
        Matches = MatchesWildcard,
        Momentum = Momentum,
        Nesterov = Nesterov,
        WeightDecay = WeightDecay,
        ClipNorm = ClipNorm,
        AccumulationSteps = AccumulationSteps,
        Precision = Precision,
        Loss = Loss,
        LabelSmoothing = LabelSmoothing,
        BalanceClasses = IsAuto(ClassWeight),
        ClassWeights = IsAuto(ClassWeight) ? null : Table.OfNumbers(ClassWeight, nameof(ClassWeight)),
        Augmentation = Core.Data.Augmenting.Augmentation.Parse(Augmentation),
        Seed = Seed,
        FeatureCache = TrainingOptions.FeatureCacheOf(FeatureCache, ResolveTarget),
    };

    /// <summary>Shows the progress of what is computed once before the steps.</summary>
    private void ShowPreparing(string what, double share)
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

    /// <summary>Shows the progress of a training: its preparation and its steps.</summary>
    private protected class ProgressObserver(StepCmdlet cmdlet, string activity) : RunObserver
    {
        /// <summary>The heading of the progress line.</summary>
        protected string Activity { get; } = activity;

        public override void Preparing(string what, double share) => cmdlet.ShowPreparing(what, share);

        public override void Stepped(TrainingProgress progress) => cmdlet.ShowTraining(Activity, progress);
    }

    private static bool IsAuto(object? value) =>
        value is not null && Table.Unwrap(value) is string text && text.Equals("Auto", StringComparison.OrdinalIgnoreCase);
}
