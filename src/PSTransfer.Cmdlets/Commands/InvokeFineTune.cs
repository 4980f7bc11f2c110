using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.Commands;

/// <summary>Invoke-FineTune: trains what isn't frozen. Changes the model; the result carries it on.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "FineTune", SupportsShouldProcess = true)]
[OutputType(typeof(FineTuneResult))]
public sealed class InvokeFineTune : TrainingCmdlet
{
    /// <summary>Stop after so many epochs without a lower validation loss.</summary>
    [Parameter]
    public int? EarlyStopping { get; set; }

    /// <summary>Go back to the best epoch at the end.</summary>
    [Parameter]
    public SwitchParameter RestoreBest { get; set; }

    /// <summary>Parts of the run: Mode, Layer or First, Epochs, LearningRate of each.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] Stage { get; set; } = [];

    /// <summary>A checkpoint to write after each epoch.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CheckpointPath { get; set; }

    /// <summary>Go on from the checkpoint if it is there.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>A file to which each epoch adds a line of JSON.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <summary>A folder for TensorBoard's event files.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TensorBoardPath { get; set; }

    /// <summary>Errors in place of the warnings about BatchNorm.</summary>
    [Parameter]
    public SwitchParameter Strict { get; set; }

    /// <inheritdoc/>
    private protected override TrainingOptions Options => base.Options with
    {
        EarlyStopping = EarlyStopping,
        RestoreBest = RestoreBest,
        Stages = StageTable.Read(Stage),
        CheckpointPath = CheckpointPath is null ? null : ResolveTarget(CheckpointPath),
        Resume = Resume,
        LogPath = LogPath is null ? null : ResolveTarget(LogPath),
        TensorBoardPath = TensorBoardPath is null ? null : ResolveTarget(TensorBoardPath),
        Strict = Strict,
    };

    /// <inheritdoc/>
    protected override void Execute()
    {
        var options = Options;
        if (!ShouldProcess(
            Model.Name,
            $"Train {options.TotalEpochs} epochs{(options.CheckpointPath is { } path ? $", writing {path} after each" : string.Empty)}"))
        {
            return;
        }

        var activity = $"Fine-tuning {Model.Name}";
        var trainer = new Trainer(Model.Network, options, new Observer(this, activity));
        var result = trainer.Fit(Dataset.Images, ValidationDataset?.Images, Token);
        EndProgress(activity);
        WriteVerbose($"Computed once instead of at each epoch: {result.FeatureCache}");
        WriteObject(new FineTuneResult(Model, Dataset, ValidationDataset, options, result));
    }

    private sealed class Observer(InvokeFineTune cmdlet, string activity) : ProgressObserver(cmdlet, activity)
    {
        public override void EpochDone(EpochRecord epoch)
        {
            cmdlet.WriteVerbose(epoch.ToString());
            cmdlet.WriteInformation(epoch, ["Epoch"]);
        }

        public override void Warned(string text) => cmdlet.WriteWarning(text);

        public override void Told(string text) => cmdlet.WriteVerbose(text);
    }
}
