using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Training.Loss;

/// <summary>Computes how much an image of each class counts in the training loss.</summary>
internal static class ClassWeights
{
    /// <summary>The weights by label; null if all classes count alike.</summary>
    /// <exception cref="PSTransferException">The options name a class that the data don't have, or one class twice.</exception>
    public static double[]? Of(LabeledImages data, TrainingOptions options)
    {
        if (options.BalanceClasses)
        {
            return Balanced(data.ClassCounts);
        }

        if (options.ClassWeights is not { } given)
        {
            return null;
        }

        var weights = new double?[data.Classes.Count];
        foreach (var (name, weight) in given)
        {
            var label = LabelOf(name, data);
            PSTransferException.Require(weights[label] is null, "ClassWeight", $"gives the class '{data.Classes[label]}' two weights");
            weights[label] = weight;
        }

        return [.. weights.Select(weight => weight ?? 1)];
    }

    /// <summary>
    /// n / (k · n_c), with n images, k classes that have images, n_c images of the class (King and Zeng 2001; scikit-learn's "balanced").
    /// </summary>
    public static double[] Balanced(IReadOnlyList<int> counts)
    {
        double present = counts.Count(count => count > 0);
        return [.. counts.Select(count => count == 0 ? 1 : counts.Sum() / (present * count))];
    }

    /// <summary>The label of a class by its name. Case matters only if several names differ by nothing else.</summary>
    private static int LabelOf(string name, LabeledImages data)
    {
        var found = data.Classes.Index().Where(one => one.Item.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
        var exact = found.FindIndex(one => one.Item == name);
        return found.Count == 1 || exact >= 0
            ? found[Math.Max(exact, 0)].Index
            : throw PSTransferException.About(
                "ClassWeight",
                found.Count == 0
                    ? $"names the class '{name}', which '{data.Name}' doesn't have. {Nearest.Hint(name, data.Classes)}"
                    : $"names the class '{name}', and '{data.Name}' has "
                        + $"{string.Join(" and ", found.Select(one => $"'{one.Item}'"))}. Write it as it is.");
    }
}
