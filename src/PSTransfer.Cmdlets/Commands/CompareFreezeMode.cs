using System.Management.Automation;
using PSTransfer.Core.Diagnosis.Comparison;

namespace PSTransfer.Commands;

/// <summary>
/// Compare-FreezeMode: trains one copy of a model per mode from the same start and compares them. The model itself isn't changed.
/// </summary>
[Cmdlet(VerbsData.Compare, "FreezeMode")]
[OutputType("PSTransfer.Core.Diagnosis.Comparison.FreezeModeRow")]
public sealed class CompareFreezeMode : TrainingCmdlet
{
    /// <summary>The freeze modes to compare; all by default.</summary>
    [Parameter]
    public FreezeMode[] Mode { get; set; } = Enum.GetValues<FreezeMode>();

    /// <summary>How many runs each mode gets; their seeds follow each other.</summary>
    [Parameter]
    public int Repeat { get; set; } = 1;

    /// <summary>The repairs after which each trained copy is tested.</summary>
    [Parameter]
    public FreezeModeRepair[] Repair { get; set; } = [FreezeModeRepair.None, FreezeModeRepair.Precise];

    /// <summary>How many images the stored statistics count for under Repair Prior.</summary>
    [Parameter]
    public double Prior { get; set; } = 16;

    /// <summary>The batch's share in statistics under Repair Mixed.</summary>
    [Parameter]
    public double BatchShare { get; set; } = 0.5;

    /// <summary>The target accuracy, 0 to 1; the first epoch that reaches it is reported.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double TargetAccuracy { get; set; } = 0.9;

    /// <summary>The label of the rows.</summary>
    [Parameter]
    public string? Label { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var comparison = new FreezeModeComparison(Model.Network)
        {
            Options = Options,
            TargetAccuracy = TargetAccuracy,
            Repeats = Repeat,
            Repairs = [.. Repair.Select(repair => repair)],
            Prior = Prior,
            BatchShare = BatchShare,
            Label = Label,
        };
        var rows = new List<FreezeModeRow>();
        foreach (var mode in Mode)
        {
            var activity = $"Training a copy of {Model.Name} under {mode}";
            var found = comparison.Run(
                mode,
                Dataset.Images,
                ValidationDataset?.Images,
                repeat => new ProgressObserver(this, Repeat > 1 ? $"{activity}, repeat {repeat} of {Repeat}" : activity),
                Token);
            EndProgress(activity);
            WriteObject(found, enumerateCollection: true);
            rows.AddRange(found);
        }

        // As with Write-Host, the text is seen at the prompt but isn't part of the output.
        WriteInformation(new HostInformationMessage { Message = Core.Text.Printable.Lines(FreezeModeConclusion.Of(rows)) }, ["PSHOST"]);
    }
}
