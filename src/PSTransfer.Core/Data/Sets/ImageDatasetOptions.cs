using PSTransfer.Core.Data.Tables;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Text;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Data.Sets;

/// <summary>
/// The images to take from a data set, and their form. The options are checked once, when <see cref="LabeledImages.Import"/> starts.
/// </summary>
public sealed record ImageDatasetOptions
{
    /// <summary>The format on disk. Default: decided by what the path holds.</summary>
    public DatasetFormat Format { get; init; } = DatasetFormat.Auto;

    /// <summary>The classes to take, by name (in any case) or by number; their order is the order of labels. Default: all.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>How many images of each class are taken, at least 1. Default: all.</summary>
    public int? SamplesPerClass { get; init; }

    /// <summary>Whether <see cref="SamplesPerClass"/> takes the first images in file order instead of a seeded draw.</summary>
    public bool First { get; init; }

    /// <summary>Seeds the draw of <see cref="SamplesPerClass"/>.</summary>
    public int Seed { get; init; } = Defaults.Seed;

    /// <summary>
    /// The image size: one number, or height and width, 1 to 8192 pixels. Default: the size of CIFAR and IDX images, and the model's size
    /// for an image folder.
    /// </summary>
    public IReadOnlyList<int>? ImageSize { get; init; }

    /// <summary>How images of another size are brought to the size. Default: the model's own rule.</summary>
    public ResizeRule? Resize { get; init; }

    /// <summary>
    /// The number of channels: 3 (default; a grey image is repeated on all three) or 1 (colour becomes luma as in ITU-R 601).
    /// </summary>
    public int Channels { get; init; } = 3;

    /// <summary>
    /// Whether broken image files are left out with a warning. Otherwise they stop the import. Every file is then decoded once at import.
    /// </summary>
    public bool SkipInvalid { get; init; }

    /// <summary>
    /// Whether every file of a folder or a table is decoded once at import. One error then names all files that can't be read.
    /// </summary>
    public bool CheckImages { get; init; }

    /// <summary>The column of a table that holds the label. Default: one of the usual names (<see cref="Tables.LabelColumns"/>).</summary>
    public string? LabelProperty { get; init; }

    /// <summary>The column of a table that holds the file. Default: one of the usual names.</summary>
    public string? PathProperty { get; init; }

    /// <summary>The full path of the folder from which relative paths in a table count. Default: the table's own folder.</summary>
    public string? BasePath { get; init; }

    /// <summary>Whether <see cref="SkipInvalid"/> decodes the files of a table, or only checks that they exist.</summary>
    internal bool LooksInside { get; init; } = true;

    /// <summary>The shape that <see cref="ImageSize"/> asks for; null without it.</summary>
    internal ImageShape? RequestedShape =>
        ImageSize is null ? null : new ImageShape(ImageSize[0], ImageSize[^1], Channels);

    /// <exception cref="PSTransferException">A value is out of its range, or a combination has no meaning.</exception>
    internal void Validate()
    {
        Require(Channels is 1 or 3, nameof(Channels), $"is 1 (grey) or 3 (RGB), not {Channels}");
        Require(SamplesPerClass is null or >= 1, nameof(SamplesPerClass), $"must be at least 1, not {SamplesPerClass}");
        Require(
            !First || SamplesPerClass is not null,
            nameof(First),
            $"takes the first images of each class: say how many with {Option.Name(nameof(SamplesPerClass))}",
            nameof(SamplesPerClass));
        Require(
            ImageSize is null || (ImageSize.Count is 1 or 2 && ImageSize.All(side => side is >= 1 and <= Defaults.LargestSide)),
            nameof(ImageSize),
            $"is one number or height and width, each from 1 to {Defaults.LargestSide}, not {string.Join(", ", ImageSize ?? [])}");
        Require(Classes is not { Count: 0 }, "Class", "names no class; leave it out to take all");
    }
}
