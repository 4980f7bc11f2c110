using System.Management.Automation;

namespace PSTransfer.Commands;

/// <summary>What the cmdlets about BatchNorm's statistics share: models without BatchNorm get a warning, since a script over many models shall go on.</summary>
public abstract class BatchNormCmdlet : TransferCmdlet
{
    /// <summary>The model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>The work for a model with BatchNorm.</summary>
    protected abstract void ExecuteWithBatchNorm();

    /// <summary>What a model without BatchNorm gives.</summary>
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
