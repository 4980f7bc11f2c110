namespace PSTransfer.Core.Diagnosis.Deployment;

/// <summary>A link of the chain from the training machine to this one.</summary>
public enum DeploymentLink
{
    /// <summary>None: all links hold.</summary>
    None,

    /// <summary>The model file: its tensors, classes, layers or reference answers aren't those that were exported.</summary>
    File,

    /// <summary>The pictures: some that training kept answers for aren't in the data set.</summary>
    Pictures,

    /// <summary>The labels: a picture has another class here than in training.</summary>
    Labels,

    /// <summary>The pixel path: size, resize rule or preprocessing aren't those of the training.</summary>
    PixelPath,

    /// <summary>The pixels: the same file, decoder version and path give other bytes here.</summary>
    Pixels,

    /// <summary>The answers: a probability differs by more than the tolerance, or a class differs.</summary>
    Answers,
}

/// <summary>A reference picture, there and here.</summary>
/// <param name="Name">Its name in the training set.</param>
/// <param name="Found">The file here; null where there is none of this content.</param>
/// <param name="Label">Its class in training.</param>
/// <param name="LabelHere">Its class in the folder; null where it wasn't found.</param>
/// <param name="SamePixels">Whether its pixels are equal to the bit; null where it wasn't found.</param>
/// <param name="Class">The class that the model answered at the end of its training.</param>
/// <param name="ClassHere">The class that it answers here; null where the picture wasn't found.</param>
/// <param name="Difference">The largest difference of a probability, 0 to 1; null where the picture wasn't found.</param>
public sealed record DeployedPicture(
    string Name, string? Found, string Label, string? LabelHere, bool? SamePixels, string Class, string? ClassHere, double? Difference);

/// <summary>Whether a model answers here as it did where it was trained.</summary>
public sealed record DeploymentReport
{
    /// <summary>The model file.</summary>
    public required string Path { get; init; }

    /// <summary>True where the answers are the same: every reference picture was found, and no link differs.</summary>
    public bool Passed => Link == DeploymentLink.None;

    /// <summary>The first link that differs, in the order of the chain.</summary>
    public required DeploymentLink Link { get; init; }

    /// <summary>What differs and what can be done, in words.</summary>
    public required string Explanation { get; init; }

    /// <summary>Reference pictures that training kept.</summary>
    public int Count => Pictures.Count;

    /// <summary>How many of them are in the folder.</summary>
    public int FoundCount => Pictures.Count(picture => picture.Found is not null);

    /// <summary>How many have equal pixels, to the bit.</summary>
    public int SamePixelsCount => Pictures.Count(picture => picture.SamePixels == true);

    /// <summary>How many get the same class.</summary>
    public int SameClassCount => Pictures.Count(picture => picture.ClassHere == picture.Class);

    /// <summary>The largest difference of a probability, 0 to 1; null where no picture was found.</summary>
    public double? LargestDifference => Pictures.Max(picture => picture.Difference);

    /// <summary>|difference of a probability| up to which answers count as the same.</summary>
    public required double Tolerance { get; init; }

    /// <summary>
    /// Share of right answers at the end of the training, over the pictures that were found, by the training's labels; null where none
    /// was.
    /// </summary>
    public double? AccuracyThere => Share(picture => picture.Class == picture.Label);

    /// <summary>Share of right answers here, over the same pictures, by the folder's labels.</summary>
    public double? AccuracyHere => Share(picture => picture.ClassHere == picture.LabelHere);

    /// <summary>Versions and platform of the training.</summary>
    public required string Trained { get; init; }

    /// <summary>Versions and platform of this machine.</summary>
    public required string Here { get; init; }

    /// <summary>A row for each reference picture.</summary>
    public required IReadOnlyList<DeployedPicture> Pictures { get; init; }

    private double? Share(Func<DeployedPicture, bool> right) =>
        FoundCount == 0 ? null : Pictures.Where(picture => picture.Found is not null).Average(picture => right(picture) ? 1.0 : 0.0);
}
