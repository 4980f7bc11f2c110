using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Training.Guard;

/// <summary>
/// Finds faults of a run before it begins: the BatchNorm trap, statistics that can't adapt, statistics over too few values.
/// </summary>
internal static class TrainingAdvice
{
    /// <summary>The share of the old statistics at the end of a run above which there is a finding.</summary>
    private const double OldShare = 0.1;

    /// <summary>Checks a run with its model. The model isn't changed.</summary>
    /// <exception cref="PSTransferException">A layer that normalises by the batch would see one value per channel.</exception>
    public static IReadOnlyList<Finding> Before(TransferNetwork network, TrainingOptions options, int images, int stepsPerEpoch) =>
    [
        .. new[]
        {
            BatchStatisticsCheck.Require(network, images, options.BatchSize),
            Trap(network),
            Unadapted(network, options, (long)options.Epochs * stepsPerEpoch, stopped: false),
        }.OfType<Finding>(),
    ];

    /// <summary>
    /// Finds the layers in whose moving statistics the old ones still have more than a tenth after t updates. That share is mᵗ, with m the
    /// share that one update keeps. Updates before a resumption count, because the run began with the old statistics.
    /// </summary>
    /// <param name="network">The model.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="updates">The steps since the run began, those before a resumption included.</param>
    /// <param name="stopped">Whether the run has stopped early, so that the finding comes after it.</param>
    public static Finding? Unadapted(TransferNetwork network, TrainingOptions options, long updates, bool stopped)
    {
        var slow = network.BatchNorms
            .Where(norm => norm.UpdatesStatistics)
            .Select(norm => (Norm: norm, Share: Math.Pow(options.BatchNormMomentum ?? (1 - norm.Momentum), updates)))
            .Where(pair => pair.Share > OldShare)
            .OrderByDescending(pair => pair.Share)
            .ToList();
        if (slow.Count == 0)
        {
            return null;
        }

        var highest = Math.Max(0, Math.Floor(Math.Pow(OldShare, 1.0 / updates) * 100) / 100);
        var momentum = $"{Option.Name("BatchNormMomentum")} to {highest:0.##} or less";
        var names = Finding.Names([.. slow.Select(pair => pair.Norm)]);
        return new Finding(slow[0].Norm.Name, stopped
            ? $"The run stopped early, after {updates} updates: the moving statistics of {names} are still {slow[0].Share:P0} the old "
                + "ones, so evaluation doesn't match training. "
                + $"Stop later, or set {momentum}; Repair-BatchNorm mends this model without training."
            : $"After {updates} {(updates == 1 ? "update" : "updates")} the moving statistics of {names} will still be "
                + $"{slow[0].Share:P0} the old ones, "
                + $"so evaluation won't match training. Train longer, or set {momentum}.");
    }

    private static Finding? Trap(TransferNetwork network)
    {
        var trapped = network.BatchNorms.Where(norm => !norm.Learns && norm.NormalizesBy == NormalizationSource.Batch).ToList();
        if (trapped.Count == 0)
        {
            return null;
        }

        var modes = string.Join(", ", trapped.Select(norm => norm.Mode).Distinct());
        var statistics = trapped.Any(norm => norm.UpdatesStatistics)
            ? "moving statistics that drift meanwhile"
            : "moving statistics of the old data";
        return new Finding(
            trapped[0].Name,
            $"{trapped.Count} frozen BatchNorm layer{(trapped.Count == 1 ? string.Empty : "s")} (mode {modes}) will normalise by the "
            + "mini-batch while training and by "
            + $"{statistics} in evaluation ({Finding.Names(trapped)}): the head learns from features that it won't be given later, "
            + "and training metrics look better than evaluation on the same images. "
            + $"{Option.SetFirst("Mode", FreezeMode.Inference, of: "Set-FreezeMode")} avoids it; "
            + "Test-LearningPhase measures it.");
    }
}
