using System.Management.Automation;
using PSTransfer.Core.Training;

namespace PSTransfer.Commands;

/// <summary>Invoke-FineTune: trains what isn't frozen. Changes the model; the result carries it on.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "FineTune", SupportsShouldProcess = true)]
[OutputType(typeof(FineTuneResult))]
public sealed class InvokeFineTune : TrainingCmdlet
{
    /// <summary>Stop after so many epochs without a lower validation loss.</summary>
    [Parameter]
    public int? EarlyStopping { get; set; }

    /// <summary>A checkpoint to write after each epoch.</summary>
    [Parameter]
    public string? CheckpointPath { get; set; }

    /// <summary>Go on from the checkpoint if it is there.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <inheritdoc/>
    private protected override TrainingOptions Options => base.Options with
    {
        EarlyStopping = EarlyStopping,
        CheckpointPath = CheckpointPath is null ? null : ResolveTarget(CheckpointPath),
        Resume = Resume,
    };

    /// <inheritdoc/>
    protected override void Execute()
    {
        var options = Options;
        if (!ShouldProcess(Model.Name, $"Train {Epochs} epochs{(options.CheckpointPath is { } path ? $", writing {path} after each" : string.Empty)}"))
        {
            return;
        }

        var activity = $"Fine-tuning {Model.Name}";
        var trainer = new Trainer(Model.Network, options, progress => ShowTraining(activity, progress), WriteWarning, epoch => WriteVerbose(epoch.ToString()));
        var result = trainer.Fit(Dataset.Images, ValidationDataset?.Images, Token);
        EndProgress(activity);
        WriteObject(new FineTuneResult(Model, Dataset, ValidationDataset, options, result));
    }
}
