using System.Management.Automation;

namespace PSTransfer.Commands;

/// <summary>Copy-TransferModel: makes an independent model with the same weights, head, modes and history.</summary>
[Cmdlet(VerbsCommon.Copy, "TransferModel")]
[OutputType(typeof(TransferModel))]
public sealed class CopyTransferModel : TransferCmdlet
{
    /// <summary>The model to copy.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <inheritdoc/>
    protected override void Execute() => WriteObject(new TransferModel(Model.Network.Clone()));
}
