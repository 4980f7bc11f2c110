using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Data.Tables;

namespace PSTransfer.Commands;

/// <summary>Import-ImageDataset: reads a folder, CIFAR, IDX, a table of labels or objects from the pipeline as labelled images.</summary>
[Cmdlet(VerbsData.Import, "ImageDataset", DefaultParameterSetName = "Path")]
[OutputType(typeof(ImageDataset))]
public sealed class ImportImageDataset : PathCmdlet
{
    private LabelledObjects? _objects;
    private bool _hasPaths;

    /// <summary>
    /// The file or folder, with wildcards allowed. Objects from the pipeline bind to <see cref="InputObject"/>, whatever properties they
    /// have.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true)]
    [SupportsWildcards]
    public override string Path { get; set; } = string.Empty;

    /// <summary>The objects, with a file and a label each; an object without a label is read as a path.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>The format of the data on disk.</summary>
    [Parameter]
    public DatasetFormat Format { get; set; }

    /// <summary>The classes by name or number, in the order of labels.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClassCompleter))]
    public string[]? Class { get; set; }

    /// <summary>How many images of each class are taken.</summary>
    [Parameter]
    public int? SamplesPerClass { get; set; }

    /// <summary>The size of the images: one side, or height and width.</summary>
    [Parameter]
    public int[]? ImageSize { get; set; }

    /// <summary>How images of another size are brought to the size.</summary>
    [Parameter]
    public ResizeRule? Resize { get; set; }

    /// <summary>The number of channels, 1 or 3.</summary>
    [Parameter]
    [ValidateSet("1", "3")]
    public int Channels { get; set; } = 3;

    /// <summary>Takes the first images in file order instead of a seeded draw.</summary>
    [Parameter]
    public SwitchParameter First { get; set; }

    /// <summary>The seed of the draw.</summary>
    [Parameter]
    public int Seed { get; set; } = Defaults.Seed;

    /// <summary>Leaves broken images out with a warning.</summary>
    [Parameter]
    public SwitchParameter SkipInvalid { get; set; }

    /// <summary>Decodes every image of a folder or table once; one error names all that can't be read.</summary>
    [Parameter]
    public SwitchParameter Validate { get; set; }

    /// <summary>The column or property with the label, or a script block.</summary>
    [Parameter]
    public object? LabelProperty { get; set; }

    /// <summary>The column or property with the file, or a script block.</summary>
    [Parameter]
    public object? PathProperty { get; set; }

    /// <summary>The folder from which relative paths count.</summary>
    [Parameter]
    public string? BasePath { get; set; }

    /// <inheritdoc/>
    protected override void Import(string path) => Write(report => LabeledImages.Import(path, Options(), report, Token));

    /// <inheritdoc/>
    protected override bool TakeObject()
    {
        if (ParameterSetName != "InputObject")
        {
            return false;
        }

        // A pipeline gives objects one by one, a parameter gives them all at once.
        foreach (var item in InputObject.BaseObject is object[] many ? many.Select(PSObject.AsPSObject) : [InputObject])
        {
            if (LabelProperty is not null || PathProperty is not null || _objects is not null || LabelledObjects.HasLabel(item))
            {
                TakeLabelled(item);
            }
            else
            {
                TakePath(item);
            }
        }

        return true;
    }

    /// <inheritdoc/>
    protected override void Finish()
    {
        if (_objects is not null)
        {
            Write(report => _objects.Rows.Import(Options() with { LabelProperty = null, PathProperty = null }, Token, report));
        }
    }

    private void TakeLabelled(PSObject item)
    {
        if (_hasPaths)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                "-InputObject takes objects with a label, or paths of data sets, not both in one pipeline: "
                + "the objects before this one had no label.",
                "InputObject");
        }

        _objects ??= new LabelledObjects(PathProperty, LabelProperty, ResolveTarget(BasePath ?? "."), ResolveTarget);
        _objects.Add(item);
    }

    private void TakePath(PSObject item)
    {
        var path = LabelledObjects.Text(item, "PSPath", "FullName", "LiteralPath", "Path") ?? throw new PSTransferException(
            FaultKind.InvalidArgument,
            "-InputObject takes objects with a file and a label, or the paths of data sets. "
            + $"This one has {string.Join(", ", LabelledObjects.Names(item))}: say with -LabelProperty which holds the label.",
            "InputObject");
        _hasPaths = true;
        var full = ResolveTarget(path);
        if (File.Exists(full) && LabelRows.IsImageName(full))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{full}: an image needs a label. Say which with -LabelProperty, as in -LabelProperty {{ $_.Directory.Name }}, "
                + "or name the folder that holds one subfolder per class.",
                full);
        }

        Import(full);
    }

    private ImageDatasetOptions Options() => new()
    {
        Format = Format,
        Classes = Class,
        SamplesPerClass = SamplesPerClass,
        First = First,
        Seed = Seed,
        ImageSize = ImageSize,
        Resize = Resize,
        Channels = Channels,
        SkipInvalid = SkipInvalid,
        CheckImages = Validate,
        LabelProperty = Column(LabelProperty, nameof(LabelProperty)),
        PathProperty = Column(PathProperty, nameof(PathProperty)),
        BasePath = BasePath is null ? null : ResolveTarget(BasePath),
    };

    /// <summary>The name of a column. A table on disk has no objects that a script block could run on.</summary>
    private string? Column(object? property, string parameter) => property is null ? null : Table.Unwrap(property) switch
    {
        ScriptBlock when ParameterSetName != "InputObject" => throw new PSTransferException(
            FaultKind.InvalidArgument,
            $"-{parameter} is a script block, which needs objects from the pipeline (Import-Csv, Get-ChildItem). "
            + "For a table on disk it is the name of a column.",
            parameter),
        var other => other.ToString(),
    };

    /// <summary>Writes a set and its warnings. Checking images shows progress.</summary>
    private void Write(Func<Action<string, double>, LabeledImages> import)
    {
        const string Activity = "Checking images";
        LabeledImages images;
        try
        {
            images = import((what, share) => ShowProgress(Activity, what, share));
        }
        finally
        {
            EndProgress(Activity);
        }

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
}
