using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Models;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Commands;

/// <summary>New-Backbone: a network without head, with weights from a file or random ones.</summary>
[Cmdlet(VerbsCommon.New, "Backbone")]
[OutputType(typeof(TransferModel))]
public sealed class NewBackbone : TransferCmdlet
{
    /// <summary>Which network.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BackboneCompleter))]
    public string Name { get; set; } = string.Empty;

    /// <summary>A set of weights that the backbone knows by name, downloaded once if its publisher has it, or a file.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WeightsCompleter))]
    public string? Weights { get; set; }

    /// <summary>The format of a weight file whose first bytes say something else.</summary>
    [Parameter]
    public WeightFormat Format { get; set; }

    /// <summary>Which set of weights, where a file has several: what stands before the names of its tensors, as state_dict_ema.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WeightSetCompleter))]
    public string? WeightSet { get; set; }

    /// <summary>Height, width and channels; height and width; or one side.</summary>
    [Parameter]
    [ValidateCount(1, 3)]
    public int[]? InputShape { get; set; }

    /// <summary>Where it computes.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = "cpu";

    /// <summary>Seed of random weights.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <inheritdoc/>
    protected override void Execute()
    {
        var options = new BackboneOptions
        {
            Name = Name,
            Weights = Weights,
            Format = Format,
            WeightSet = WeightSet,
            InputShape = InputShape,
            Device = Device,
            Seed = Seed,
        };
        var file = options.Locate(ResolveTarget, published => Fetch(WeightCache.OfUser(), published));
        WriteObject(new TransferModel(options.Create(file, WriteVerbose, WriteWarning)));
    }
}
