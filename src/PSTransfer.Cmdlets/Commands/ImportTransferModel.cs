using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Models;
using PSTransfer.Core.Models.Onnx;

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

    /// <summary>The shape of the images of an ONNX network: height, width and channels; height and width; or one side.</summary>
    [Parameter]
    [ValidateCount(1, 3)]
    public int[]? InputShape { get; set; }

    /// <summary>What is done to pixels before the first layer of an ONNX network.</summary>
    [Parameter]
    public Preprocessing? Preprocessing { get; set; }

    /// <summary>The names of an ONNX network's classes, in the order of its logits.</summary>
    [Parameter]
    public string[] ClassName { get; set; } = [];

    /// <inheritdoc/>
    protected override void Import(string path)
    {
        var network = OnnxImport.Looks(path) ? FromOnnx(path) : FromModelFile(path);
        WarnIfBroken(network);
        network.MoveToDevice(Device);
        WriteObject(new TransferModel(network));
    }

    private TransferNetwork FromOnnx(string path) => new OnnxImport
    {
        Path = path,
        InputShape = InputShape,
        Preprocessing = Preprocessing,
        Resize = Resize,
        KeepsClassifier = true,
        Classes = ClassName,
    }.Create(WriteVerbose, WriteWarning);

    private TransferNetwork FromModelFile(string path)
    {
        var given = new[] { nameof(InputShape), nameof(Preprocessing), nameof(ClassName) }.FirstOrDefault(
            MyInvocation.BoundParameters.ContainsKey);
        return given is null
            ? ModelFile.Load(path, WriteWarning, Resize)
            : throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{path}: -{given} is for an ONNX file (.onnx); a model's file says it itself. Leave it out.",
                given);
    }
}
