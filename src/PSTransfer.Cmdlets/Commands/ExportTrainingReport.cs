using System.Management.Automation;
using PSTransfer.Core;
using PSTransfer.Core.Reports;

namespace PSTransfer.Commands;

/// <summary>Export-TrainingReport: one file that says how a model fares in each phase, and why.</summary>
[Cmdlet(VerbsData.Export, "TrainingReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportTrainingReport : TransferCmdlet
{
    /// <summary>A result of Invoke-FineTune, or a model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public object InputObject { get; set; } = null!;

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string Path { get; set; } = string.Empty;

    /// <summary>A page for a browser, text, or figures.</summary>
    [Parameter]
    public ReportFormat Format { get; set; }

    /// <summary>The images the model was trained on; a FineTuneResult brings them along.</summary>
    [Parameter]
    public ImageDataset? Dataset { get; set; }

    /// <summary>Images to split the gap with.</summary>
    [Parameter]
    public ImageDataset? ValidationDataset { get; set; }

    /// <summary>Images in a batch.</summary>
    [Parameter]
    public int BatchSize { get; set; } = 32;

    /// <summary>Seed of the shuffles, of dropout and of the intervals.</summary>
    [Parameter]
    public int Seed { get; set; } = 42;

    /// <summary>The accuracy gap up to which phases are consistent.</summary>
    [Parameter]
    public double Tolerance { get; set; } = 0.02;

    /// <summary>Which layers to swap for AccuracyIfSwapped.</summary>
    [Parameter]
    public DriftAttribution Attribution { get; set; }

    /// <summary>Replace files that are there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        switch (InputObject is PSObject { BaseObject: var wrapped } ? wrapped : InputObject)
        {
            case FineTuneResult run:
                Write(run.Model, Dataset ?? run.Dataset, ValidationDataset ?? run.ValidationDataset, run);
                break;
            case TransferModel model:
                var images = Dataset ?? throw new PSTransferException(
                    FaultKind.InvalidArgument, "-Dataset is needed with a model: the images it was trained on. (A result of Invoke-FineTune brings them along.)", "Dataset");
                Write(model, images, ValidationDataset, run: null);
                break;
            case var other:
                throw new PSTransferException(
                    FaultKind.InvalidArgument, $"-InputObject takes a result of Invoke-FineTune or a model, not {other.GetType().Name}.", "InputObject");
        }
    }

    private void Write(TransferModel model, ImageDataset images, ImageDataset? validation, FineTuneResult? run)
    {
        var path = ResolveTarget(Path);
        if (!ShouldProcess(path, $"Write a report on '{model.Name}'"))
        {
            return;
        }

        var file = new ReportFile(path, Format.To<Core.Reports.ReportFormat>(), overwrite: Force);
        file.Check();
        var activity = $"Reporting on {model.Name}";
        var maker = new TrainingReportMaker(model.Network)
        {
            BatchSize = BatchSize,
            Seed = Seed,
            Tolerance = Tolerance,
            Attribution = Attribution.To<Core.Diagnosis.DriftAttribution>(),
            Options = run?.Options,
            History = run?.History,
        };
        var report = maker.Run(images.Images, validation?.Images, (status, share) => ShowProgress(activity, status, share), Token);
        EndProgress(activity);
        file.Write(report);
        WriteObject(new FileInfo(path));
    }
}
