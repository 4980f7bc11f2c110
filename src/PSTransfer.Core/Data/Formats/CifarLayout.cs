namespace PSTransfer.Core.Data.Formats;

/// <summary>What differs between the binary versions of CIFAR-10 and CIFAR-100 (https://www.cs.toronto.edu/~kriz/cifar.html).</summary>
/// <param name="Title">The name of the layout in messages.</param>
/// <param name="LabelBytes">The bytes before the pixels; the last of them is the label that counts.</param>
/// <param name="ClassCount">The number of classes; labels are below it.</param>
/// <param name="TrainingFiles">The pattern of the training files' names.</param>
/// <param name="TrainingFileCount">How many training files were published.</param>
/// <param name="NamesFile">The text file of class names, a line each.</param>
/// <param name="DefaultNames">The class names where that file is missing.</param>
internal sealed record CifarLayout(
    string Title, int LabelBytes, int ClassCount, string TrainingFiles, int TrainingFileCount, string NamesFile, string[] DefaultNames)
{
    public const int Side = 32;
    public const int Plane = Side * Side;

    public static readonly CifarLayout Ten = new(
        "CIFAR-10", 1, 10, "data_batch_*.bin", 5, "batches.meta.txt",
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]);

    public static readonly CifarLayout Hundred = new(
        "CIFAR-100", 2, 100, "train.bin", 1, "fine_label_names.txt",
        [.. Enumerable.Range(0, 100).Select(label => $"{label}")]);

    /// <summary>The bytes of one image with its label: three planes of 32×32, red first.</summary>
    public int RecordBytes => LabelBytes + (3 * Plane);
}
