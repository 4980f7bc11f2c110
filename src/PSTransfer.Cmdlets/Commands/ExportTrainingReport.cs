using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Diagnosis.Comparison;
using PSTransfer.Core.Reports;

namespace PSTransfer.Commands;

/// <summary>Export-TrainingReport: writes a file that says how a model performs in each phase, and why.</summary>
[Cmdlet(VerbsData.Export, "TrainingReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportTrainingReport : TransferCmdlet
{
    // The rows are objects, since Core's types aren't known yet when PowerShell looks at this class.
    private readonly List<object> _rows = [];

    /// <summary>The object to report on: a result of Invoke-FineTune, a model, or rows of Compare-FreezeMode.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public object InputObject { get; set; } = null!;

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string Path { get; set; } = string.Empty;

    /// <summary>The format of the file: a page for a browser, text, or figures.</summary>
    [Parameter]
    public ReportFormat? Format { get; set; }

    /// <summary>The images that the model was trained on; a FineTuneResult has them.</summary>
    [Parameter]
    [DatasetInput(SplitPart.Training)]
    public ImageDataset? Dataset { get; set; }

    /// <summary>The validation images, with which the gap is split.</summary>
    [Parameter]
    [DatasetInput(SplitPart.Validation)]
    public ImageDataset? ValidationDataset { get; set; }

    /// <summary>The number of images in a batch.</summary>
    [Parameter]
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>The seed of the shuffles, of dropout and of the intervals.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>The largest accuracy gap with which the phases still agree.</summary>
    [Parameter]
    public double Tolerance { get; set; } = Defaults.Tolerance;

    /// <summary>The layers to swap for AccuracyIfSwapped.</summary>
    [Parameter]
    public DriftAttribution Attribution { get; set; }

    /// <summary>Replaces existing files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        Take(Table.Unwrap(InputObject));
    }

    /// <inheritdoc/>
    protected override void Finish()
    {
        if (_rows.Count > 0)
        {
            Write($"{_rows.Count} rows of Compare-FreezeMode", file => file.Write(ComparisonReport.Of([.. _rows.Cast<FreezeModeRow>()])));
        }
    }

    private void Take(object input)
    {
        switch (input)
        {
            // A pipeline gives rows one by one, a parameter gives them all at once.
            case object[] many:
                foreach (var one in many)
                {
                    Take(Table.Unwrap(one));
                }

                break;
            case FreezeModeRow row:
                _rows.Add(row);
                break;
            case FineTuneResult run:
                Write(run.Model, Dataset ?? run.Dataset, ValidationDataset ?? run.ValidationDataset, run);
                break;
            case ExperimentResult { FineTuneResult: { } made }:
                Take(made);
                break;
            case TransferModel model:
                var images = Dataset ?? throw new PSTransferException(
                    FaultKind.InvalidArgument,
                    "-Dataset is needed with a model: the images it was trained on. (A result of Invoke-FineTune has them.)",
                    "Dataset");
                Write(model, images, ValidationDataset, run: null);
                break;
            case var other:
                throw new PSTransferException(
                    FaultKind.InvalidArgument,
                    $"-InputObject takes a result of Invoke-FineTune, a model, or rows of Compare-FreezeMode, not {other.GetType().Name}.",
                    "InputObject");
        }
    }

    private void Write(TransferModel model, ImageDataset images, ImageDataset? validation, FineTuneResult? run)
    {
        var activity = $"Reporting on {model.Name}";
        Write($"'{model.Name}'", file =>
        {
            var maker = new TrainingReportMaker(model.Network)
            {
                BatchSize = BatchSize,
                Seed = Seed,
                Tolerance = Tolerance,
                Attribution = Attribution,
                Options = run?.Options,
                History = run?.History,
            };
            var report = maker.Run(images.Images, validation?.Images, (status, share) => ShowProgress(activity, status, share), Token);
            EndProgress(activity);
            file.Write(report);
        });
    }

    private void Write(string what, Action<ReportFile> write)
    {
        var path = ResolveTarget(Path);
        var format = ReportFile.Names.Choose(path, Format);
        if (ShouldProcess(path, $"Write a report on {what}"))
        {
            var file = new ReportFile(path, format, overwrite: Force);
            file.Check();
            write(file);
            WriteObject(new FileInfo(path));
        }
    }
}
