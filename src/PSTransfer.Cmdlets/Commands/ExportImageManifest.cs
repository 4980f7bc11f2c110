using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Data.Tables;

namespace PSTransfer.Commands;

/// <summary>Export-ImageManifest: writes the files and labels of a data set as a table that Import-ImageDataset can read.</summary>
[Cmdlet(VerbsData.Export, "ImageManifest", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportImageManifest : TransferCmdlet
{
    /// <summary>The data set to write.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [DatasetInput(SplitPart.Either)]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string Path { get; set; } = string.Empty;

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var path = ResolveTarget(Path);
        if (ShouldProcess(path, $"Write the files and labels of '{Dataset.Name}'"))
        {
            ImageManifest.Write(Dataset.Images, path, overwrite: Force);
            WriteObject(new FileInfo(path));
        }
    }
}
