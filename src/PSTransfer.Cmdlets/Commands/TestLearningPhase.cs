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

    /// <summary>The images that the model was trained on; a FineTuneResult has them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Training)]
    [Alias("Training")]
    public ImageDataset? Dataset { get; set; }

    /// <summary>The validation images, with which the gap is split.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Validation)]
    [Alias("Validation")]
    public ImageDataset? ValidationDataset { get; set; }

    /// <summary>The number of images in a batch.</summary>
    [Parameter]
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>How many batches each phase runs.</summary>
    [Parameter]
    public int? Steps { get; set; }

    /// <summary>How many orders of the images the training phase is averaged over.</summary>
    [Parameter]
    public int Shuffles { get; set; } = Defaults.Shuffles;

    /// <summary>The seed of the shuffles, of dropout and of the intervals.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>The largest accuracy gap with which phases agree.</summary>
    [Parameter]
    public double Tolerance { get; set; } = Defaults.Tolerance;

    /// <summary>Also runs the training phase at batch sizes from 4 to 64.</summary>
    [Parameter]
    public SwitchParameter Sensitivity { get; set; }

    /// <summary>Writes true or false instead of a report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>The verdicts for which -Quiet writes true.</summary>
    [Parameter]
    public LearningPhaseVerdict[] Verdict { get; set; } = [];

    /// <inheritdoc/>
    protected override void Execute()
    {
        if (Verdict.Length > 0 && !Quiet)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                "-Verdict needs -Quiet: it says which verdicts give true. Without -Quiet, the report's Verdict says what was found.",
                nameof(Verdict));
        }

        if (Dataset is null)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                "-Dataset is needed: the images the model was trained on. (A result of Invoke-FineTune in the pipeline has them.)",
                "Dataset");
        }

        const string Activity = "Testing learning phases";
        var options = new LearningPhaseOptions
        {
            BatchSize = BatchSize,
            Steps = Steps,
            Shuffles = Shuffles,
            Seed = Seed,
            Tolerance = Tolerance,
            Sensitivity = Sensitivity,
        };
        var test = new LearningPhaseTest(Model.Network, options);
        var report = test.Run(Dataset.Images, ValidationDataset?.Images, (pass, share) => ShowProgress(Activity, pass, share), Token);
        EndProgress(Activity);
        WriteObject(!Quiet ? report : Verdict.Length == 0 ? report.PhasesAgree : Verdict.Contains(report.Verdict));
    }
}
