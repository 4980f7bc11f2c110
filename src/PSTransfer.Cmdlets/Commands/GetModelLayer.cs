using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Text;

namespace PSTransfer.Commands;

/// <summary>Get-ModelLayer: lists the layers of a model, and what each will do in training.</summary>
[Cmdlet(VerbsCommon.Get, "ModelLayer")]
[OutputType("PSTransfer.Core.Models.LayerRow")]
public sealed class GetModelLayer : TransferCmdlet
{
    /// <summary>The model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>The names of layers, with wildcards allowed.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(LayerCompleter))]
    [SupportsWildcards]
    public string Name { get; set; } = "*";

    /// <summary>The kind of layers, with wildcards allowed.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LayerKindCompleter))]
    [SupportsWildcards]
    public string Kind { get; set; } = "*";

    /// <inheritdoc/>
    protected override void Execute()
    {
        var (name, kind) = (new WildcardPattern(Name, WildcardOptions.IgnoreCase), new WildcardPattern(Kind, WildcardOptions.IgnoreCase));
        var rows = Model.Network.Describe().Where(row => name.IsMatch(row.Name) && kind.IsMatch(row.Kind)).ToList();
        if (rows.Count == 0)
        {
            RequireWildcard(Kind, Model.Network.Layers.Select(layer => layer.Kind).Distinct(), $"of kind '{Kind}'");
            RequireWildcard(
                Name, Model.Network.Layers.Select(layer => layer.Name), $"'{Name}'{(Kind == "*" ? string.Empty : $" of kind '{Kind}'")}");
        }

        WriteObject(rows, enumerateCollection: true);
    }

    /// <summary>Refuses a name that no layer has. A pattern with wildcards may match nothing; an unknown name is a mistake.</summary>
    private void RequireWildcard(string pattern, IEnumerable<string> known, string what)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(pattern))
        {
            throw new PSTransferException(FaultKind.NotFound, $"{Model.Name} has no layer {what}. {Nearest.Hint(pattern, known)}", pattern);
        }
    }
}
