using System.Management.Automation;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Export-TransferModel: writes the whole model to one file.</summary>
[Cmdlet(VerbsData.Export, "TransferModel", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportTransferModel : TransferCmdlet
{
    /// <summary>The model to write.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string Path { get; set; } = string.Empty;

    /// <summary>The format of the file, for this project and PyTorch, or for Keras.</summary>
    [Parameter]
    public ExportFormat? Format { get; set; }

    /// <summary>Folds BatchNorm into the convolutions of an ONNX file.</summary>
    [Parameter]
    public SwitchParameter FoldBatchNorm { get; set; }

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var path = ResolveTarget(Path);
        var format = ModelExport.Names.Choose(path, Format);
        if (ShouldProcess(path, $"Write the model '{Model.Name}'"))
        {
            ModelExport.Save(Model.Network, path, format, overwrite: Force, folds: FoldBatchNorm);
            WarnIfBroken(Model.Network);
            WriteObject(new FileInfo(path));
        }
    }
}
