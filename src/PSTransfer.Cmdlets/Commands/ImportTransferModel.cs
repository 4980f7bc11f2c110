using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Import-TransferModel: a model from a file that Export-TransferModel wrote, or from a checkpoint.</summary>
[Cmdlet(VerbsData.Import, "TransferModel", DefaultParameterSetName = "Path")]
[OutputType(typeof(TransferModel))]
public sealed class ImportTransferModel : PathCmdlet
{
    /// <summary>Where it computes.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = "cpu";

    /// <summary>The rule by which the training images were brought to size, for a file that doesn't keep it.</summary>
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
