using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Set-FreezeMode: says what "frozen" means for a set of layers. It changes the model and passes it on.</summary>
[Cmdlet(VerbsCommon.Set, "FreezeMode", DefaultParameterSetName = "Mode")]
[OutputType(typeof(TransferModel))]
public sealed class SetFreezeMode : TransferCmdlet
{
    /// <summary>The model to change.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>The freeze mode.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Mode")]
    public FreezeMode Mode { get; set; }

    /// <summary>The framework and its era whose "frozen" is applied.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Framework")]
    [ArgumentCompleter(typeof(FrameworkCompleter))]
    public string Framework { get; set; } = string.Empty;

    /// <summary>The names of layers, with wildcards allowed; by default the whole backbone.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LayerCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Layer { get; set; }

    /// <summary>How many layers are taken, from the first in the order of Get-ModelLayer.</summary>
    [Parameter]
    public int? First { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var era = ParameterSetName == "Framework" ? FrameworkEra.Find(Framework) : null;
        var plan = new FreezePlan
        {
            Mode = era?.Mode ?? Mode,
            Era = era,
            LayerPatterns = Layer,
            Matches = MatchesWildcard,
            First = First,
        };
        foreach (var warning in plan.Apply(Model.Network))
        {
            WriteWarning(warning);
        }

        WriteObject(Model);
    }
}
