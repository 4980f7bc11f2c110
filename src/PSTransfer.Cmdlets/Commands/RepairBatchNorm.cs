using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Diagnosis.Drift;

namespace PSTransfer.Commands;

/// <summary>Repair-BatchNorm: gives BatchNorm layers the statistics of the data. It changes the model and passes it on.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "BatchNorm", DefaultParameterSetName = "Repair", SupportsShouldProcess = true)]
[OutputType(typeof(TransferModel))]
public sealed class RepairBatchNorm : BatchNormCmdlet
{
    /// <summary>Images like those that the model will see.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Repair")]
    [DatasetInput(SplitPart.Either)]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>How many batches the statistics are taken over.</summary>
    [Parameter(ParameterSetName = "Repair")]
    public int? Steps { get; set; }

    /// <summary>The names of layers, with wildcards allowed; by default all BatchNorm layers.</summary>
    [Parameter(ParameterSetName = "Repair")]
    [ArgumentCompleter(typeof(BatchNormCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Layer { get; set; }

    /// <summary>How many images the stored statistics count for.</summary>
    [Parameter(ParameterSetName = "Repair")]
    public double Prior { get; set; }

    /// <summary>The number of images in a batch.</summary>
    [Parameter(ParameterSetName = "Repair")]
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>The seed of the draw for -Steps.</summary>
    [Parameter(ParameterSetName = "Repair")]
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>Restores the statistics that the last repair replaced.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Undo")]
    public SwitchParameter Undo { get; set; }

    private bool IsVerbose => MyInvocation.BoundParameters.TryGetValue("Verbose", out var given)
        ? ((SwitchParameter)given).IsPresent
        : GetVariableValue("VerbosePreference") is ActionPreference preference
        && preference is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    /// <inheritdoc/>
    protected override void ExecuteWithBatchNorm()
    {
        if (Undo)
        {
            if (ShouldProcess(Model.Name, "Give back the BatchNorm statistics that the last repair replaced"))
            {
                BatchNormRepair.Undo(Model.Network);
                WriteObject(Model);
            }
        }
        else if (ShouldProcess(Model.Name, $"Replace BatchNorm statistics by those of {Dataset.Name}"))
        {
            var activity = $"Repairing BatchNorm of {Model.Name}";
            var repair = new BatchNormRepair(Model.Network)
            {
                BatchSize = BatchSize,
                Steps = Steps,
                Seed = Seed,
                Prior = Prior,
                LayerPatterns = Layer,
                Matches = MatchesWildcard,
                MeasuresAccuracy = IsVerbose,
            };
            var report = repair.Run(Dataset.Images, (layer, share) => ShowProgress(activity, layer, share), Token);
            EndProgress(activity);
            WriteVerbose(report.ToString());
            if (report.Warning is { } warning)
            {
                WriteWarning(warning);
            }

            WriteObject(Model);
        }
    }

    /// <inheritdoc/>
    protected override void ExecuteWithout() => WriteObject(Model);
}
