using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Which epoch was the best, and whether to wait for a better one. Follows from the epochs alone.</summary>
internal static class EarlyStopping
{
    /// <summary>The loss by which an epoch is judged: the validation loss, or the training loss without. What is no number is worst.</summary>
    public static double Watched(EpochRecord epoch) => (epoch.ValidationLoss ?? epoch.Loss) is var loss && double.IsNaN(loss) ? double.PositiveInfinity : loss;

    /// <summary>The first of the epochs with the lowest loss.</summary>
    public static EpochRecord Best(IEnumerable<EpochRecord> history) => history.MinBy(Watched)!;

    /// <summary>Whether the last epochs, as many as the patience, brought no lower loss.</summary>
    /// <param name="history">A stage's epochs.</param>
    /// <param name="patience">Null for never.</param>
    public static bool Ends(IReadOnlyList<EpochRecord> history, int? patience) =>
        patience is { } epochs && history.Count > 0 && history[^1].Epoch - Best(history).Epoch >= epochs;
}
