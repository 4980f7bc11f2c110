using PSTransfer.Core.Data;

namespace PSTransfer.Core.Training;

/// <summary>How much an image of each class counts in the training loss.</summary>
internal static class ClassWeights
{
    /// <summary>The weights by label; null where all count alike.</summary>
    /// <exception cref="PSTransferException">A class that the data don't have.</exception>
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

        foreach (var name in given.Keys.Where(name => !data.Classes.Contains(name)))
        {
            PSTransferException.Require(false, "ClassWeight", $"names the class '{name}', which '{data.Name}' doesn't have. {Nearest.Hint(name, data.Classes)}".TrimEnd('.'));
        }

        return [.. data.Classes.Select(name => given.TryGetValue(name, out var weight) ? weight : 1)];
    }

    /// <summary>n / (k · n_c), with n images, k classes that have images, n_c images of the class (King and Zeng 2001; scikit-learn's "balanced").</summary>
    public static double[] Balanced(IReadOnlyList<int> counts)
    {
        double present = counts.Count(count => count > 0);
        return [.. counts.Select(count => count == 0 ? 1 : counts.Sum() / (present * count))];
    }
}
