using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Text;

namespace PSTransfer;

/// <summary>Images with labels, as they travel down a pipeline. Pixels are read when they are needed.</summary>
public sealed class ImageDataset
{
    internal ImageDataset(LabeledImages images) => Images = images;

    /// <summary>What it is called.</summary>
    public string Name => Images.Name;

    /// <summary>Images.</summary>
    public int Count => Images.Count;

    /// <summary>Class names by label.</summary>
    public Listed<string> Classes => new(Images.Classes);

    /// <summary>Images of each class, by label.</summary>
    public Listed<int> ClassCounts => new(Images.ClassCounts);

    /// <summary>Height, width, channels; null for a folder that takes the model's shape.</summary>
    public Listed<int>? ImageShape => Images.Shape is { } shape ? new([shape.Height, shape.Width, shape.Channels]) : null;

    /// <summary>Where it was imported from.</summary>
    public string Source => Images.Source;

    /// <summary>
    /// An object for each image, in order: to join, filter and pipe to Import-ImageDataset again. A method, since a property would be
    /// written out with the data set, image by image.
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

    /// <summary>The name, to be shown.</summary>
    public override string ToString() => Core.Text.Printable.Line(Name);
}

/// <summary>An image of a data set.</summary>
/// <param name="Index">Its place in the set, from 0.</param>
/// <param name="Path">Its file; null for CIFAR and IDX, where many share one.</param>
/// <param name="Label">Its class.</param>
/// <param name="LabelNumber">The place of its class among the set's classes, from 0.</param>
public sealed record ImageItem(int Index, string? Path, string Label, int LabelNumber);

/// <summary>The two parts of a split.</summary>
/// <param name="Training">To train on.</param>
/// <param name="Validation">To validate on.</param>
public sealed record ImageDatasetSplit(ImageDataset Training, ImageDataset Validation);
