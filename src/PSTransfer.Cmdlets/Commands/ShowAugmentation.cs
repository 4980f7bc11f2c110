using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Data.Augmenting;

namespace PSTransfer.Commands;

/// <summary>Show-Augmentation: draws a picture of some images as training will see them.</summary>
[Cmdlet(VerbsCommon.Show, "Augmentation", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ShowAugmentation : TransferCmdlet
{
    /// <summary>The images to show.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [DatasetInput(SplitPart.Training)]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>The random changes, as for Invoke-FineTune.</summary>
    [Parameter(Mandatory = true)]
    [ArgumentCompleter(typeof(AugmentationCompleter))]
    public string[] Augmentation { get; set; } = [];

    /// <summary>The PNG file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string Path { get; set; } = string.Empty;

    /// <summary>How many images are shown.</summary>
    [Parameter]
    public int Count { get; set; } = 4;

    /// <summary>The seed of the run.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>The first epoch to show.</summary>
    [Parameter]
    public int Epoch { get; set; } = 1;

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var path = ResolveTarget(Path);
        var augmentation = Core.Data.Augmenting.Augmentation.Parse(Augmentation)!;
        if (ShouldProcess(path, $"Write a contact sheet of '{Dataset.Name}'"))
        {
            ContactSheet.Write(Dataset.Images, augmentation, path, Count, Seed, Epoch, overwrite: Force);
            WriteObject(new FileInfo(path));
        }
    }
}
