using System.Management.Automation;
using PSTransfer.Core.Native;

namespace PSTransfer.Commands;

/// <summary>Get-ComputeDevice: lists the devices on which models can compute.</summary>
[Cmdlet(VerbsCommon.Get, "ComputeDevice")]
[OutputType("PSTransfer.Core.Native.ComputeDevice")]
public sealed class GetComputeDevice : TransferCmdlet
{
    /// <inheritdoc/>
    protected override void Execute() => WriteObject(ComputeDevice.List(), enumerateCollection: true);
}
