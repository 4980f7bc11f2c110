using System.Management.Automation;
using PSTransfer.Core;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>
/// Add-ClassifierHead: puts pooling, hidden layers, dropout and logits on top of a backbone. It changes the model and passes it on.
/// </summary>
[Cmdlet(VerbsCommon.Add, "ClassifierHead")]
[OutputType(typeof(TransferModel))]
public sealed class AddClassifierHead : TransferCmdlet
{
    /// <summary>The model to change.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>The number of logits; 1 means one logit for two classes.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public int ClassCount { get; set; }

    /// <summary>How maps are pooled into a vector.</summary>
    [Parameter]
    public Pooling Pooling { get; set; }

    /// <summary>The sizes of the hidden layers, which have ReLU.</summary>
    [Parameter]
    public int[] HiddenUnits { get; set; } = [];

    /// <summary>The rate of the dropout before the logits.</summary>
    [Parameter]
    public double Dropout { get; set; }

    /// <summary>The seed of the head's weights.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>Replaces a head that the model already has.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        if (Model.Network.Head is not null && !Force)
        {
            throw new PSTransferException(
                FaultKind.AlreadyExists,
                $"The model '{Model.Name}' already has a head. -Force replaces it; Copy-TransferModel first keeps it.",
                Model.Name);
        }

        var head = new Head
        {
            ClassCount = ClassCount,
            Pooling = Pooling,
            HiddenUnits = HiddenUnits,
            Dropout = Dropout,
        };
        Model.Network.SetHead(head, Seed);
        Model.Weigh();
        WriteObject(Model);
    }
}
