using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Diagnosis.LearningPhases;

namespace PSTransfer.Commands;

/// <summary>Test-LearningPhase: evaluates the same weights under each learning phase and says whether they agree.</summary>
[Cmdlet(VerbsDiagnostic.Test, "LearningPhase")]
[OutputType("PSTransfer.Core.Diagnosis.LearningPhases.LearningPhaseReport")]
[OutputType(typeof(bool))]
public sealed class TestLearningPhase : TransferCmdlet
{
    /// <summary>The model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>The images it was trained on; a FineTuneResult brings them along.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Training)]
    [Alias("Training")]
    public ImageDataset? Dataset { get; set; }

    /// <summary>Images to split the gap with.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Validation)]
    [Alias("Validation")]
    public ImageDataset? ValidationDataset { get; set; }

    /// <summary>Images in a batch.</summary>
    [Parameter]
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>Batches per phase.</summary>
    [Parameter]
    public int? Steps { get; set; }

    /// <summary>Orders of the images over which the training phase is averaged.</summary>
    [Parameter]
    public int Shuffles { get; set; } = Defaults.Shuffles;

    /// <summary>Seed of the shuffles, of dropout and of the intervals.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>The accuracy gap up to which phases agree.</summary>
    [Parameter]
    public double Tolerance { get; set; } = Defaults.Tolerance;

    /// <summary>Runs the training phase at batch sizes from 4 to 64 besides.</summary>
    [Parameter]
    public SwitchParameter Sensitivity { get; set; }

    /// <summary>True or false, no report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>With -Quiet, the verdicts that count as true.</summary>
    [Parameter]
    public LearningPhaseVerdict[] Verdict { get; set; } = [];

    /// <inheritdoc/>
    protected override void Execute()
    {
        if (Verdict.Length > 0 && !Quiet)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument, "-Verdict needs -Quiet: it says which verdicts give true. Without -Quiet, the report's Verdict says what was found.", nameof(Verdict));
        }

        if (Dataset is null)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument, "-Dataset is needed: the images the model was trained on. (A result of Invoke-FineTune in the pipeline brings them along.)", "Dataset");
        }

        const string Activity = "Testing learning phases";
        var test = new LearningPhaseTest(Model.Network)
        {
            BatchSize = BatchSize,
            Steps = Steps,
            Shuffles = Shuffles,
            Seed = Seed,
            Tolerance = Tolerance,
            Sensitivity = Sensitivity,
        };
        var report = test.Run(Dataset.Images, ValidationDataset?.Images, (pass, share) => ShowProgress(Activity, pass, share), Token);
        EndProgress(Activity);
        WriteObject(!Quiet ? report : Verdict.Length == 0 ? report.PhasesAgree : Verdict.Contains(report.Verdict));
    }
}
