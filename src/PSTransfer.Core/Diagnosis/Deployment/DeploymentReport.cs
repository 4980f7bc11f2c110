namespace PSTransfer.Core.Diagnosis.Deployment;

/// <summary>A link of the chain from the training machine to this one.</summary>
public enum DeploymentLink
{
    /// <summary>No link: all links hold.</summary>
    None,

    /// <summary>The model file: tensors, classes, layers or reference answers differ from the exported ones.</summary>
    File,

    /// <summary>The pictures: some reference pictures of the training aren't in the data set.</summary>
    Pictures,

    /// <summary>The labels: a picture has another class here than in training.</summary>
    Labels,

    /// <summary>The pixel path: size, resize rule or preprocessing differ from those of the training.</summary>
    PixelPath,

    /// <summary>The pixels: the same file, decoder version and path give other bytes here.</summary>
    Pixels,

    /// <summary>The answers: a probability differs by more than the tolerance, or a class differs.</summary>
    Answers,
}

/// <summary>Compares a reference picture in training with the same picture here.</summary>
/// <param name="Name">The picture's name in the training set.</param>
/// <param name="Found">The picture's file here; null if no file has its content.</param>
/// <param name="Label">The picture's class in training.</param>
/// <param name="LabelHere">The picture's class in the folder; null if it wasn't found.</param>
/// <param name="SamePixels">Whether the pixels are equal to the bit; null if the picture wasn't found.</param>
/// <param name="Class">The class that the model answered at the end of its training.</param>
/// <param name="ClassHere">The class that the model answers here; null if the picture wasn't found.</param>
/// <param name="Difference">The largest difference of a probability, 0 to 1; null if the picture wasn't found.</param>
public sealed record DeployedPicture(
    string Name, string? Found, string Label, string? LabelHere, bool? SamePixels, string Class, string? ClassHere, double? Difference);

/// <summary>Reports whether a model answers here as it did where it was trained.</summary>
public sealed record DeploymentReport
{
    /// <summary>The path of the model file.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the answers are the same: every reference picture was found, and no link differs.</summary>
    public bool Passed => Link == DeploymentLink.None;

    /// <summary>The first link that differs, in the order of the chain.</summary>
    public required DeploymentLink Link { get; init; }

    /// <summary>The difference and its remedy, in words.</summary>
    public required string Explanation { get; init; }

    /// <summary>The number of reference pictures that training kept.</summary>
    public int Count => Pictures.Count;

    /// <summary>The number of reference pictures found in the folder.</summary>
    public int FoundCount => Pictures.Count(picture => picture.Found is not null);

    /// <summary>The number of reference pictures with equal pixels, to the bit.</summary>
    public int SamePixelsCount => Pictures.Count(picture => picture.SamePixels == true);

    /// <summary>The number of reference pictures with the same class.</summary>
    public int SameClassCount => Pictures.Count(picture => picture.ClassHere == picture.Class);

    /// <summary>The largest difference of a probability, 0 to 1; null if no picture was found.</summary>
    public double? LargestDifference => Pictures.Max(picture => picture.Difference);

    /// <summary>The largest difference of a probability with which answers count as the same.</summary>
    public required double Tolerance { get; init; }

    /// <summary>
    /// The share of right answers at the end of the training, over the pictures that were found, by the training's labels. Null if none was
    /// found.
    /// </summary>
    public double? AccuracyThere => Share(picture => picture.Class == picture.Label);

    /// <summary>The share of right answers here, over the same pictures, by the folder's labels. Null if none was found.</summary>
    public double? AccuracyHere => Share(picture => picture.ClassHere == picture.LabelHere);

    /// <summary>The versions and platform of the training.</summary>
    public required string Trained { get; init; }

    /// <summary>The versions and platform of this machine.</summary>
    public required string Here { get; init; }

    /// <summary>A row for each reference picture.</summary>
    public required IReadOnlyList<DeployedPicture> Pictures { get; init; }

    private double? Share(Func<DeployedPicture, bool> right) =>
        FoundCount == 0 ? null : Pictures.Where(picture => picture.Found is not null).Average(picture => right(picture) ? 1.0 : 0.0);
}
