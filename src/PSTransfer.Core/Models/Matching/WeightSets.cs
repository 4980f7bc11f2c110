using PSTransfer.Core.Text;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Chooses among several whole sets of weights in one file (a network and its running average, two encoders). The trained network is
/// preferred to its averages; nothing else is guessed.
/// </summary>
internal static class WeightSets
{
    private static readonly string[] WordsForAverages = ["ema", "swa", "avg", "average", "averaged", "averages", "shadow", "polyak"];

    /// <summary>Chooses the set to load, with a warning about the choice; null if there is none.</summary>
    /// <param name="sets">Whole sets, at least one.</param>
    /// <param name="wanted">The backbone's tensors.</param>
    /// <param name="file">The file.</param>
    /// <param name="fault">Makes the error if nothing tells which of the sets is meant.</param>
    /// <exception cref="PSTransferException">There are several, and nothing tells which one is meant.</exception>
    public static (WeightMatch Set, string? Warning) Choose(
        IReadOnlyList<WeightMatch> sets,
        IReadOnlyList<WantedTensor> wanted,
        IWeightFile file,
        Func<IReadOnlyList<string>, PSTransferException> fault)
    {
        if (sets.Count == 1)
        {
            return (sets[0], null);
        }

        var trained = sets.Where(set => !IsAverage(set.Set)).ToList();
        var first = trained.Count > 0 ? trained[0] : sets[0];
        if (trained.Count == 1)
        {
            var others = string.Join(", ", sets.Where(set => set != first).Select(set => $"'{Printable.Text(set.Set)}'"));
            return (first, $"the file has {sets.Count} sets of weights for this backbone; "
                + $"taken was '{Printable.Text(first.Set)}', left aside {others}: averages, by their names. "
                + $"Choose with {Option.Name("WeightSet")}.");
        }

        // A layer that is shared within a larger network is listed under each of its names.
        return sets.Where(set => set != first).All(set => HasSameNumbers(first, set, wanted, file))
            ? (first, null)
            : throw fault([.. sets.Select(set => set.Set)]);
    }

    private static bool IsAverage(string set) =>
        set.Split('.', '_', '/', '-').Any(word => WordsForAverages.Contains(word, StringComparer.OrdinalIgnoreCase));

    private static bool HasSameNumbers(WeightMatch one, WeightMatch other, IReadOnlyList<WantedTensor> wanted, IWeightFile file)
    {
        foreach (var tensor in wanted)
        {
            var (a, b) = (one.Sources[tensor.Name], other.Sources[tensor.Name]);
            if (!a.Shape.SequenceEqual(b.Shape) || a.DataType != b.DataType)
            {
                return false;
            }

            var (first, second) = (Numbers(file, a), Numbers(file, b));
            if (!first.AsSpan().SequenceEqual(second))
            {
                return false;
            }
        }

        return true;
    }

    private static float[] Numbers(IWeightFile file, StoredTensor tensor)
    {
        var numbers = new float[tensor.Shape.Aggregate(1L, (product, size) => product * size)];
        file.Read(tensor, numbers);
        return numbers;
    }
}
