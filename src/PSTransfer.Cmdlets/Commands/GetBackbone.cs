using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Get-Backbone: lists the backbones to choose from.</summary>
[Cmdlet(VerbsCommon.Get, "Backbone")]
[OutputType("PSTransfer.Core.Models.BackboneSummary")]
public sealed class GetBackbone : TransferCmdlet
{
    /// <summary>The names of backbones, with wildcards allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(BackboneCompleter))]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void Execute()
    {
        foreach (var name in Name)
        {
            ForOne(() => Show(name));
        }
    }

    private void Show(string name)
    {
        var specs = WildcardPattern.ContainsWildcardCharacters(name)
            ? BackboneCatalogue.All.Where(spec => MatchesWildcard(name, spec.Name))
            : [BackboneCatalogue.Find(name)];
        foreach (var spec in specs)
        {
            WriteObject(BackboneSummary.Of(spec));
        }
    }
}
