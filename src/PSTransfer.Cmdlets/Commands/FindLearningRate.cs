using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Reports;
using PSTransfer.Core.Training;

namespace PSTransfer.Commands;

/// <summary>Find-LearningRate: trains a copy at rising rates and suggests one. The model isn't touched.</summary>
[Cmdlet(VerbsCommon.Find, "LearningRate")]
[OutputType("PSTransfer.Core.Training.LearningRateSweep")]
public sealed class FindLearningRate : TransferCmdlet
{
    /// <summary>The model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>Training images.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>The first rate.</summary>
    [Parameter]
    public double Minimum { get; set; } = 1e-7;

    /// <summary>The last rate.</summary>
    [Parameter]
    public double Maximum { get; set; } = 10;

    /// <summary>Steps from the first to the last.</summary>
    [Parameter]
    public int Steps { get; set; } = 100;

    /// <summary>Images in a step.</summary>
    [Parameter]
    public int BatchSize { get; set; } = 32;

    /// <summary>The optimiser.</summary>
    [Parameter]
    public OptimizerKind Optimizer { get; set; }

    /// <summary>SGD's momentum.</summary>
    [Parameter]
    public double Momentum { get; set; }

    /// <summary>Weight decay.</summary>
    [Parameter]
    public double? WeightDecay { get; set; }

    /// <summary>Random changes to training images.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AugmentationCompleter))]
    public string[] Augmentation { get; set; } = [];

    /// <summary>Seed of order, augmentation and dropout.</summary>
    [Parameter]
    public int Seed { get; set; } = 42;

    /// <summary>An SVG file to write: the loss over the rate.</summary>
    [Parameter]
    public string? ChartPath { get; set; }

    /// <summary>Replace a chart that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var chart = ChartPath is null ? null : ResolveTarget(ChartPath);
        if (chart is not null)
        {
            LearningRateChart.RequireTarget(chart, Force);
        }

        var options = new TrainingOptions
        {
            BatchSize = BatchSize,
            Optimizer = Optimizer.To<Core.Training.OptimizerKind>(),
            Momentum = Momentum,
            WeightDecay = WeightDecay,
            Augmentation = Core.Data.Augmentation.Parse(Augmentation),
            Seed = Seed,
        };
        var activity = $"Trying learning rates on a copy of {Model.Name}";
        var sweep = LearningRateFinder.Run(
            Model.Network, Dataset.Images, options, Minimum, Maximum, Steps, share => ShowProgress(activity, $"{Minimum:g3} to {Maximum:g3}", share), Token);
        EndProgress(activity);
        if (chart is not null)
        {
            LearningRateChart.Write(sweep, chart, Force);
        }

        WriteObject(sweep);
    }
}
