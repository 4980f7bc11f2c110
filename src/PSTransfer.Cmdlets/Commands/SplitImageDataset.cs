using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;

namespace PSTransfer.Commands;

/// <summary>Split-ImageDataset: makes a stratified split into training and validation images.</summary>
[Cmdlet(VerbsCommon.Split, "ImageDataset")]
[OutputType(typeof(ImageDatasetSplit))]
public sealed class SplitImageDataset : TransferCmdlet
{
    /// <summary>The images to split.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Either)]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>The share of images to validate on, above 0 and below 1.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public double Validation { get; set; }

    /// <summary>The seed of the draw.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <inheritdoc/>
    protected override void Execute()
    {
        var (training, validation) = Dataset.Images.Split(Validation, Seed);
        WriteObject(new ImageDatasetSplit(new ImageDataset(training), new ImageDataset(validation)));
    }
}
