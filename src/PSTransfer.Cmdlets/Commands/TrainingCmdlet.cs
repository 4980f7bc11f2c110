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

    /// <summary>SGD's momentum.</summary>
    [Parameter]
    public double Momentum { get; set; }

    /// <summary>Nesterov's momentum.</summary>
    [Parameter]
    public SwitchParameter Nesterov { get; set; }

    /// <summary>Weight decay.</summary>
    [Parameter]
    public double? WeightDecay { get; set; }

    /// <summary>Momentum of moving statistics, Keras' convention.</summary>
    [Parameter]
    public double? BatchNormMomentum { get; set; }

    /// <summary>The loss.</summary>
    [Parameter]
    public LossKind Loss { get; set; }

    /// <summary>Random changes to training images.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AugmentationCompleter))]
    public string[] Augmentation { get; set; } = [];

    /// <summary>Seed of order, augmentation and dropout.</summary>
    [Parameter]
    public int Seed { get; set; } = 42;

    /// <summary>The run's options as Core takes them.</summary>
    private protected virtual TrainingOptions Options => new()
    {
        Epochs = Epochs,
        StepsPerEpoch = StepsPerEpoch,
        BatchSize = BatchSize,
        Optimizer = Optimizer.To<Core.Training.OptimizerKind>(),
        LearningRate = LearningRate,
        Schedule = Schedule.To<Core.Training.ScheduleKind>(),
        Momentum = Momentum,
        Nesterov = Nesterov,
        WeightDecay = WeightDecay,
        BatchNormMomentum = BatchNormMomentum,
        Loss = Loss.To<Core.Training.LossKind>(),
        Augmentation = Core.Data.Augmentation.Parse(Augmentation),
        Seed = Seed,
    };
}
