using PSTransfer.Core.Data;

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
    public string[] Classes => [.. Images.Classes];

    /// <summary>Images of each class, by label.</summary>
    public int[] ClassCounts => [.. Images.ClassCounts];

    /// <summary>Height, width, channels; null for a folder that takes the model's shape.</summary>
    public int[]? ImageShape => Images.Shape is { } shape ? [shape.Height, shape.Width, shape.Channels] : null;

    /// <summary>Where it was imported from.</summary>
    public string Source => Images.Source;

    internal LabeledImages Images { get; }

    /// <summary>The name, to be shown.</summary>
    public override string ToString() => Core.Printable.Line(Name);
}

/// <summary>The two parts of a split.</summary>
/// <param name="Training">To train on.</param>
/// <param name="Validation">To validate on.</param>
public sealed record ImageDatasetSplit(ImageDataset Training, ImageDataset Validation);
