using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Sets;

/// <summary>Splits images so that every class has the same share on both sides, as nearly as whole images allow.</summary>
internal static class StratifiedSplit
{
    /// <summary>Chooses the images of both sides; each side keeps the original order.</summary>
    /// <param name="labels">The label of each image.</param>
    /// <param name="classes">Class names by label.</param>
    /// <param name="validation">The share to validate on, above 0 and below 1.</param>
    /// <param name="seed">Seeds the draw of each class.</param>
    /// <exception cref="PSTransferException">The share is out of range, or would leave a class of two or more images without an image on
    /// one side.</exception>
    public static (int[] Training, int[] Validation) Make(
        IReadOnlyList<int> labels, IReadOnlyList<string> classes, double validation, int seed)
    {
        PSTransferException.Require(
            validation is > 0 and < 1,
            "Validation",
            $"is the share of images to validate on, above 0 and below 1, not {validation}");
        var imagesOf = classes.Select(_ => new List<int>()).ToArray();
        for (var image = 0; image < labels.Count; image++)
        {
            imagesOf[labels[image]].Add(image);
        }

        var counts = Counts([.. imagesOf.Select(images => images.Count)], validation);
        var isValidation = new bool[labels.Count];
        for (var label = 0; label < imagesOf.Length; label++)
        {
            int[] images = [.. imagesOf[label]];
            SeededRandom.For(seed, label).Shuffle(images);
            foreach (var image in images.AsSpan(0, counts[label]))
            {
                isValidation[image] = true;
            }
        }

        var all = Enumerable.Range(0, labels.Count).ToLookup(image => isValidation[image]);
        return ([.. all[false]], [.. all[true]]);
    }

    /// <summary>
    /// Shares out by largest remainder: each class gets the whole part of its share. Classes with the largest remainders get one more until
    /// the total fits.
    /// </summary>
    private static int[] Counts(int[] sizes, double validation)
    {
        var total = (int)Math.Round(sizes.Sum() * validation, MidpointRounding.AwayFromZero);
        var splittable = sizes.Count(size => size >= 2);
        var most = sizes.Sum(size => Math.Max(size - 1, 0));
        if (splittable == 0 || total < splittable || total > most)
        {
            throw PSTransferException.About(
                "Validation",
                $"{validation} of {sizes.Sum()} images is {total}, but with {splittable} "
                + "classes of two images or more, each of them on both sides, it must be from "
                + $"{splittable} to {most}. Change {Option.Name("Validation")} or add images.");
        }

        var counts = Array.ConvertAll(sizes, size => size < 2 ? 0 : Math.Clamp((int)(size * validation), 1, size - 1));
        double Rest(int label) => (sizes[label] * validation) - counts[label];
        while (counts.Sum() != total)
        {
            var step = Math.Sign(total - counts.Sum());
            var next = Enumerable.Range(0, sizes.Length)
                .Where(label => sizes[label] >= 2 && counts[label] + step >= 1 && counts[label] + step < sizes[label])
                .MaxBy(label => step * Rest(label));
            counts[next] += step;
        }

        return counts;
    }
}
