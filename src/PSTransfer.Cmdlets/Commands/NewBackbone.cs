using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Models;
using PSTransfer.Core.Models.Onnx;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Commands;

/// <summary>New-Backbone: makes a network without head, with weights from a file or random ones.</summary>
[Cmdlet(VerbsCommon.New, "Backbone")]
[OutputType(typeof(TransferModel))]
public sealed class NewBackbone : TransferCmdlet
{
    /// <summary>The name of the network, or the path of an ONNX file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BackboneCompleter))]
    public string Name { get; set; } = string.Empty;

    /// <summary>The weights: a set that the backbone knows by name, or a file. A publisher's set is downloaded once.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WeightsCompleter))]
    public string? Weights { get; set; }

    /// <summary>The format of a weight file, if its first bytes suggest another.</summary>
    [Parameter]
    public WeightFormat Format { get; set; }

    /// <summary>The set of weights to take, if a file has several: the prefix of its tensors' names, as state_dict_ema.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WeightSetCompleter))]
    public string? WeightSet { get; set; }

    /// <summary>The shape of the images: height, width and channels; height and width; or one side.</summary>
    [Parameter]
    [ValidateCount(1, 3)]
    public int[]? InputShape { get; set; }

    /// <summary>What is done to pixels before the first layer of a network from a file.</summary>
    [Parameter]
    public Preprocessing? Preprocessing { get; set; }

    /// <summary>The node of an ONNX file after which the network is cut.</summary>
    [Parameter]
    public string? Output { get; set; }

    /// <summary>The device on which the backbone computes.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = "cpu";

    /// <summary>The seed of random weights.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <inheritdoc/>
    protected override void Execute()
    {
        if (OnnxImport.Looks(Name))
        {
            WriteObject(new TransferModel(FromOnnx()));
            return;
        }

        if (Preprocessing is not null || Output is not null)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"-{(Output is null ? nameof(Preprocessing) : nameof(Output))} is for a network from an ONNX file (.onnx), and {Name} "
                + "isn't one. "
                + "Leave it out.",
                Output is null ? nameof(Preprocessing) : nameof(Output));
        }

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

    private TransferNetwork FromOnnx()
    {
        if (Weights is not null)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument, "-Weights isn't for an ONNX file, which has its own weights. Leave it out.", nameof(Weights));
        }

        var network = new OnnxImport
        {
            Path = ResolveTarget(Name), InputShape = InputShape, Preprocessing = Preprocessing, Output = Output,
        }.Create(WriteVerbose, WriteWarning);
        network.MoveToDevice(Device);
        return network;
    }
}
