using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Import-TransferModel: a model from a file that Export-TransferModel wrote, or from a checkpoint.</summary>
[Cmdlet(VerbsData.Import, "TransferModel", DefaultParameterSetName = "Path")]
[OutputType(typeof(TransferModel))]
public sealed class ImportTransferModel : TransferCmdlet
{
    /// <summary>The file, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true)]
    [SupportsWildcards]
    public string Path { get; set; } = string.Empty;

    /// <summary>The file, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    public string LiteralPath { get; set; } = string.Empty;

    /// <summary>Where it computes.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = "cpu";

    /// <inheritdoc/>
    protected override void Execute()
    {
        var literal = ParameterSetName == "LiteralPath";
        foreach (var path in RequireSources(literal ? LiteralPath : Path, literal))
        {
            var network = ModelFile.Load(path);
            network.MoveToDevice(Device);
            WriteObject(new TransferModel(network));
        }
    }
}
