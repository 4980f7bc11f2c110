using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Text;

namespace PSTransfer;

/// <summary>Images with labels, as objects of a pipeline. Pixels are read when they are needed.</summary>
public sealed class ImageDataset
{
    internal ImageDataset(LabeledImages images) => Images = images;

    /// <summary>The data set's name.</summary>
    public string Name => Images.Name;

    /// <summary>The number of images.</summary>
    public int Count => Images.Count;

    /// <summary>The class names by label.</summary>
    public Listed<string> Classes => new(Images.Classes);

    /// <summary>The number of images of each class, by label.</summary>
    public Listed<int> ClassCounts => new(Images.ClassCounts);

    /// <summary>The height, width and channels of the images; null for a folder that takes the model's shape.</summary>
    public Listed<int>? ImageShape => Images.Shape is { } shape ? new([shape.Height, shape.Width, shape.Channels]) : null;

    /// <summary>The path that the set was imported from.</summary>
    public string Source => Images.Source;

    /// <summary>
    /// Makes an object for each image, in order, to join, filter and pipe to Import-ImageDataset again. It is a method, since PowerShell
    /// would write a property out with the data set, image by image.
    /// </summary>
    public IEnumerable<ImageItem> GetItems()
    {
        for (var index = 0; index < Count; index++)
        {
            var label = Images.LabelOf(index);
            yield return new ImageItem(index, Images.PathOf(index), Images.Classes[label], label);
        }
    }

    internal LabeledImages Images { get; }

    /// <summary>The name as text to display.</summary>
    public override string ToString() => Core.Text.Printable.Line(Name);
}

/// <summary>An image of a data set.</summary>
/// <param name="Index">The image's place in the set, from 0.</param>
/// <param name="Path">The image's file; null for CIFAR and IDX, where many images share one.</param>
/// <param name="Label">The image's class.</param>
/// <param name="LabelNumber">The place of the class among the set's classes, from 0.</param>
public sealed record ImageItem(int Index, string? Path, string Label, int LabelNumber);

/// <summary>The two parts of a split.</summary>
/// <param name="Training">The images to train on.</param>
/// <param name="Validation">The images to validate on.</param>
public sealed record ImageDatasetSplit(ImageDataset Training, ImageDataset Validation);
