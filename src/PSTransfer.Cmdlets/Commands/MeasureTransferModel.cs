using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Diagnosis;

namespace PSTransfer.Commands;

/// <summary>Measure-TransferModel: evaluates a model, with figures for each class.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "TransferModel")]
[OutputType("PSTransfer.Core.Diagnosis.ModelMeasurement")]
public sealed class MeasureTransferModel : TransferCmdlet
{
    /// <summary>The model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>The images to measure on.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Either)]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>The learning phase of the evaluation.</summary>
    [Parameter]
    public LearningPhase Phase { get; set; } = LearningPhase.Dynamic;

    /// <summary>The number of images in a batch.</summary>
    [Parameter]
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>The seed of the shuffle and of dropout.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>How many classes may be named for TopAccuracy.</summary>
    [Parameter]
    public int Top { get; set; } = Defaults.Top;

    /// <inheritdoc/>
    protected override void Execute() =>
        WriteObject(ModelMeasurement.Make(Model.Network, Dataset.Images, Phase, BatchSize, Seed, Token, Top));
}
