using System.Management.Automation;
using PSTransfer.Core.Diagnosis;

namespace PSTransfer.Commands;

/// <summary>Compare-FreezeMode: trains one copy per mode from the same start and puts them side by side. The model isn't touched.</summary>
[Cmdlet(VerbsData.Compare, "FreezeMode")]
[OutputType("PSTransfer.Core.Diagnosis.FreezeModeRow")]
public sealed class CompareFreezeMode : TrainingCmdlet
{
    /// <summary>The modes; all by default.</summary>
    [Parameter]
    public FreezeMode[] Mode { get; set; } = Enum.GetValues<FreezeMode>();

    /// <summary>The accuracy whose first epoch is reported, 0 to 1.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double TargetAccuracy { get; set; } = 0.9;

    /// <inheritdoc/>
    protected override void Execute()
    {
        foreach (var mode in Mode)
        {
            var activity = $"Training a copy of {Model.Name} under {mode}";
            WriteObject(FreezeModeComparison.Run(
                Model.Network,
                mode.To<Core.Freezing.FreezeMode>(),
                Dataset.Images,
                ValidationDataset?.Images,
                Options,
                TargetAccuracy,
                progress => ShowTraining(activity, progress),
                ShowPreparing,
                Token));
            EndProgress(activity);
        }
    }
}
