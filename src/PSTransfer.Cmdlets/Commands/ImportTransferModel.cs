using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Import-TransferModel: reads a model from a file that Export-TransferModel wrote, or from a checkpoint.</summary>
[Cmdlet(VerbsData.Import, "TransferModel", DefaultParameterSetName = "Path")]
[OutputType(typeof(TransferModel))]
public sealed class ImportTransferModel : PathCmdlet
{
    /// <summary>The device on which the model computes.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = "cpu";

    /// <summary>The resize rule of the training images, for a file that doesn't keep it.</summary>
    [Parameter]
    public ResizeRule? Resize { get; set; }

    /// <inheritdoc/>
    protected override void Import(string path)
    {
        var network = ModelFile.Load(path, WriteWarning, Resize);
        WarnIfBroken(network);
        network.MoveToDevice(Device);
        WriteObject(new TransferModel(network));
    }
}
