using System.Diagnostics;
using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
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
    public int Seed { get; set; } = 42;

    /// <inheritdoc/>
    protected override void Execute()
    {
        var spec = BackboneCatalogue.Find(Name);
        var file = Weights is null ? null : BackboneWeights.Locate(spec, Weights, ResolveTarget, published => Fetch(WeightCache.OfUser(), published));
        var network = TransferNetwork.Create(spec, ShapeFor(spec), file is null ? Seed : null);
        try
        {
            if (file is not null)
            {
                var report = BackboneWeights.Load(network, file, Format.To<Core.Weights.WeightFormat>());
                WriteVerbose(report.ToString());
                if (report.NotFinite.Count > 0)
                {
                    WriteWarning($"{file}: {report.NotFinite.Count} tensors hold NaN or infinity, and so will everything computed with them: {string.Join(", ", report.NotFinite)}. Get the file again, or from elsewhere.");
                }
            }

            network.MoveToDevice(Device);
            if (file is null)
            {
                WriteWarning($"{spec.Name} has random weights: nothing is pretrained. Give -Weights{(spec.Weights.Count > 0 ? $" {spec.Weights[0]}" : " a file")} for transfer learning.");
            }

            WriteObject(new TransferModel(network));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private ImageShape ShapeFor(BackboneSpec spec) => InputShape switch
    {
        null => new ImageShape(spec.DefaultImageSize, spec.DefaultImageSize, 3),
        [var side] => new ImageShape(side, side, 3),
        [var height, var width] => new ImageShape(height, width, 3),
        [var height, var width, var channels] => new ImageShape(height, width, channels),
        _ => throw new UnreachableException(), // ValidateCount
    };
}
