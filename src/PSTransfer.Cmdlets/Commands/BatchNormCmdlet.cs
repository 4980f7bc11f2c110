using System.Management.Automation;

namespace PSTransfer.Commands;

/// <summary>
/// The base of cmdlets about BatchNorm's statistics. A model without BatchNorm gets a warning, so that a script over many models goes on.
/// </summary>
public abstract class BatchNormCmdlet : TransferCmdlet
{
    /// <summary>The model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>Does the work for a model with BatchNorm.</summary>
    protected abstract void ExecuteWithBatchNorm();

    /// <summary>Writes the output for a model without BatchNorm.</summary>
    protected virtual void ExecuteWithout()
    {
    }

    /// <inheritdoc/>
    protected sealed override void Execute()
    {
        if (Model.Network.BatchNorms.Any())
        {
            ExecuteWithBatchNorm();
            return;
        }

        WriteWarning($"{Model.Name} has no BatchNorm layer: there are no statistics that could drift or be repaired.");
        ExecuteWithout();
    }
}
