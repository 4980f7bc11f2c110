using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Diagnosis.Drift;

namespace PSTransfer.Commands;

/// <summary>
/// Measure-BatchNormDrift: measures how far each BatchNorm layer's stored statistics are from those of the data, and the cost in accuracy.
/// </summary>
[Cmdlet(VerbsDiagnostic.Measure, "BatchNormDrift")]
[OutputType("PSTransfer.Core.Diagnosis.Drift.BatchNormDrift")]
public sealed class MeasureBatchNormDrift : BatchNormCmdlet
{
    /// <summary>The images whose statistics are compared.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Either)]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>The number of images in a batch.</summary>
    [Parameter]
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>The layers to swap for AccuracyIfSwapped.</summary>
    [Parameter]
    public DriftAttribution Attribution { get; set; }

    /// <inheritdoc/>
    protected override void ExecuteWithBatchNorm()
    {
        var activity = $"Measuring BatchNorm drift of {Model.Name}";
        var test = new BatchNormDriftTest(Model.Network) { BatchSize = BatchSize, Attribution = Attribution };
        var rows = test.Run(Dataset.Images, (status, share) => ShowProgress(activity, status, share), Token);
        EndProgress(activity);
        WriteObject(rows, enumerateCollection: true);
    }
}
