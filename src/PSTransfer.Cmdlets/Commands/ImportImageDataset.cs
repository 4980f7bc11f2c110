using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Data;

namespace PSTransfer.Commands;

/// <summary>Import-ImageDataset: a folder, CIFAR or IDX as labelled images.</summary>
[Cmdlet(VerbsData.Import, "ImageDataset", DefaultParameterSetName = "Path")]
[OutputType(typeof(ImageDataset))]
public sealed class ImportImageDataset : PathCmdlet
{
    /// <summary>How the data lie on disk.</summary>
    [Parameter]
    public DatasetFormat Format { get; set; }

    /// <summary>Classes by name or number, in the order of labels.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClassCompleter))]
    public string[]? Class { get; set; }

    /// <summary>Images of each class.</summary>
    [Parameter]
    public int? SamplesPerClass { get; set; }

    /// <summary>One side, or height and width.</summary>
    [Parameter]
    public int[]? ImageSize { get; set; }

    /// <summary>How images of another size are brought to it.</summary>
    [Parameter]
    public ResizeRule? Resize { get; set; }

    /// <summary>1 or 3.</summary>
    [Parameter]
    [ValidateSet("1", "3")]
    public int Channels { get; set; } = 3;

    /// <summary>The first n in file order rather than a seeded draw.</summary>
    [Parameter]
    public SwitchParameter First { get; set; }

    /// <summary>Seed of the draw.</summary>
    [Parameter]
    public int Seed { get; set; } = 42;

    /// <summary>Leave broken images out with a warning.</summary>
    [Parameter]
    public SwitchParameter SkipInvalid { get; set; }

    /// <summary>Decode every image of a folder once; one error names all that can't be read.</summary>
    [Parameter]
    public SwitchParameter Validate { get; set; }

    /// <inheritdoc/>
    protected override void Import(string path)
    {
        var options = new ImageDatasetOptions
        {
            Format = Format.To<Core.Data.DatasetFormat>(),
            Classes = Class,
            SamplesPerClass = SamplesPerClass,
            First = First,
            Seed = Seed,
            ImageSize = ImageSize,
            Resize = Resize.ToOptional<Core.Data.ResizeRule>(),
            Channels = Channels,
            SkipInvalid = SkipInvalid,
            CheckImages = Validate,
        };
        var images = Load(path, options);
        foreach (var note in images.Notes)
        {
            WriteInformation(new HostInformationMessage { Message = note }, ["PSHOST"]);
        }

        foreach (var warning in images.Warnings)
        {
            WriteWarning(warning);
        }

        WriteObject(new ImageDataset(images));
    }

    private LabeledImages Load(string path, ImageDatasetOptions options)
    {
        const string Activity = "Checking images";
        try
        {
            return LabeledImages.Import(path, options, (what, share) => ShowProgress(Activity, what, share), Token);
        }
        finally
        {
            EndProgress(Activity);
        }
    }
}
