using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Commands;

/// <summary>Save-BackboneWeight: downloads publishers' weights in advance, for later or for a machine without network.</summary>
[Cmdlet(VerbsData.Save, "BackboneWeight", SupportsShouldProcess = true)]
[OutputType("PSTransfer.Core.Weights.Published.SavedWeights")]
public sealed class SaveBackboneWeight : TransferCmdlet
{
    /// <summary>The names of the networks.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BackboneCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The set of weights to download.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WeightsCompleter))]
    public string Weights { get; set; } = "imagenet";

    /// <summary>The folder to save to, instead of the user's cache.</summary>
    [Parameter]
    public string? Path { get; set; }

    /// <summary>Downloads again files that exist already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var cache = Path is null ? WeightCache.OfUser() : new WeightCache(ResolveTarget(Path));
        foreach (var name in Name)
        {
            ForOne(() => Save(BackboneCatalogue.Find(name), cache));
        }
    }

    private void Save(BackboneSpec spec, WeightCache cache)
    {
        var published = PublishedCatalogue.Find(spec.Name, Weights) ?? throw new PSTransferException(
            FaultKind.NotFound,
            $"-Weights '{Weights}': there are no published weights of that name for {spec.Name}. "
            + (PublishedCatalogue.For(spec.Name) is { Count: > 0 } sets
                ? $"There are: {string.Join(", ", sets.Select(set => set.Name))}."
                : "There are none to be downloaded."),
            spec.Name);
        if (ShouldProcess(cache.PathOf(published), $"Save {spec.Name} {published.Name} from {published.Address} ({published.Expected})"))
        {
            WriteObject(SavedWeights.Of(spec.Name, published, Fetch(cache, published, Force), Token));
        }
    }
}
