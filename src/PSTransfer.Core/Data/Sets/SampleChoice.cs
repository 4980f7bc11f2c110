using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Sets;

/// <summary>
/// The images that are taken from a data set, class by class in the order of the new labels, and in file order within a class.
/// </summary>
/// <param name="Classes">Class names by new label.</param>
/// <param name="Records">For each image, its number in the file.</param>
/// <param name="Labels">For each image, its new label.</param>
internal sealed record SampleChoice(string[] Classes, int[] Records, int[] Labels)
{
    /// <param name="names">All class names, by the labels of the file.</param>
    /// <param name="fileLabels">The label of each record in the file.</param>
    /// <param name="options">Which classes, how many images, and whether the first ones or a draw.</param>
    /// <param name="path">The data set, for messages.</param>
    /// <exception cref="PSTransferException">A class is unknown, or has fewer images than asked for.</exception>
    public static SampleChoice Make(
        IReadOnlyList<string> names, IReadOnlyList<int> fileLabels, ImageDatasetOptions options, string path)
    {
        var wanted = ClassChoice.Resolve(names, options.Classes, path);
        var recordsByLabel = Enumerable.Range(0, names.Count).Select(_ => new List<int>()).ToArray();
        for (var record = 0; record < fileLabels.Count; record++)
        {
            recordsByLabel[fileLabels[record]].Add(record);
        }

        List<int> records = [];
        List<int> labels = [];
        for (var label = 0; label < wanted.Length; label++)
        {
            var number = wanted[label];
            if (recordsByLabel[number].Count == 0 && options.Classes is not null)
            {
                throw new PSTransferException(
                    FaultKind.NotFound, $"{path}: there is no image of class '{Printable.Text(names[number])}'.", path);
            }

            var taken = Take(recordsByLabel[number], names[number], number, options, path);
            records.AddRange(taken);
            labels.AddRange(Enumerable.Repeat(label, taken.Count));
        }

        return new SampleChoice([.. wanted.Select(number => names[number])], [.. records], [.. labels]);
    }

    /// <summary>
    /// Takes the part of one class that is asked for. The draw depends only on the seed and the class number, so that other classes don't
    /// change it.
    /// </summary>
    public static IReadOnlyList<T> Take<T>(
        IReadOnlyList<T> all, string className, int classNumber, ImageDatasetOptions options, string path)
    {
        if (options.SamplesPerClass is not { } count)
        {
            return all;
        }

        if (count > all.Count)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{path}: class '{Printable.Text(className)}' has {all.Count} {(all.Count == 1 ? "image" : "images")}, fewer than "
                + $"{Option.Set("SamplesPerClass", count)}.",
                "SamplesPerClass");
        }

        var order = Enumerable.Range(0, all.Count).ToArray();
        if (!options.First)
        {
            SeededRandom.For(options.Seed, classNumber).Shuffle(order);
        }

        var taken = order[..count];
        Array.Sort(taken);
        return [.. taken.Select(position => all[position])];
    }
}
