using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Training;

namespace PSTransfer.Commands;

/// <summary>The parameters of a training run, which Invoke-FineTune and Compare-FreezeMode share.</summary>
public abstract class TrainingCmdlet : StepCmdlet
{
    /// <summary>Validation images; the training images again are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Validation)]
    [Alias("Validation")]
    public ImageDataset? ValidationDataset { get; set; }

    /// <summary>Passes over the data.</summary>
    [Parameter]
    public int Epochs { get; set; } = 1;

    /// <summary>Steps in an epoch.</summary>
    [Parameter]
    public int? StepsPerEpoch { get; set; }

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

    /// <summary>Decay of the moving average of the weights.</summary>
    [Parameter]
    public double? WeightAverage { get; set; }

    /// <summary>Momentum of moving statistics, Keras' convention.</summary>
    [Parameter]
    public double? BatchNormMomentum { get; set; }

    /// <summary>How many augmentations each image has, for the feature cache.</summary>
    [Parameter]
    public int? CachedDraws { get; set; }

    /// <inheritdoc/>
    private protected override TrainingOptions Options => base.Options with
    {
        Epochs = Epochs,
        StepsPerEpoch = StepsPerEpoch,
        LearningRate = LearningRate,
        Schedule = Schedule,
        WarmupSteps = WarmupSteps,
        DecayEpochs = DecayEpochs,
        DecayFactor = DecayFactor,
        WeightAverage = WeightAverage,
        BatchNormMomentum = BatchNormMomentum,
        CachedDraws = CachedDraws,
    };
}
