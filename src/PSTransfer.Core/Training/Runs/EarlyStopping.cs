using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Finds the best epoch, and decides whether to wait for a better one. Both follow from the epochs alone.</summary>
internal static class EarlyStopping
{
    /// <summary>
    /// The loss by which an epoch is judged: the validation loss, or the training loss without validation. NaN is the worst.
    /// </summary>
    public static double Watched(EpochRecord epoch) =>
        (epoch.ValidationLoss ?? epoch.Loss) is var loss && double.IsNaN(loss) ? double.PositiveInfinity : loss;

    /// <summary>The epoch with the lowest loss; the first of several.</summary>
    public static EpochRecord Best(IEnumerable<EpochRecord> history) => history.MinBy(Watched)!;

    /// <summary>Whether the last epochs brought no lower loss, as many epochs as the patience.</summary>
    /// <param name="history">The epochs of a stage.</param>
    /// <param name="patience">The epochs to wait for a lower loss; null to wait for ever.</param>
    public static bool Ends(IReadOnlyList<EpochRecord> history, int? patience) =>
        patience is { } epochs && history.Count > 0 && history[^1].Epoch - Best(history).Epoch >= epochs;
}
