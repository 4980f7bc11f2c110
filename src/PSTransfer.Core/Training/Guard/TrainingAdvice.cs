using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Training.Guard;

/// <summary>What can be known of a run beforehand: the trap by name, statistics that can't adapt, statistics over few values.</summary>
internal static class TrainingAdvice
{
    /// <summary>The old statistics' share at the end of a run above which the user is told.</summary>
    private const double OldShare = 0.1;

    /// <summary>Checks a run against its model, and changes neither.</summary>
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
    /// The layers whose old statistics keep more than a tenth after so many updates: mᵗ, with m the share that one update keeps. Updates
    /// before a resumption count, for the old statistics are those the run began with.
    /// </summary>
    /// <param name="network">The model.</param>
    /// <param name="options">The run's.</param>
    /// <param name="updates">Steps from the beginning of the run, earlier parts of a resumed one included.</param>
    /// <param name="stopped">The run has stopped early, and this is what is left of it.</param>
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

        var momentum = $"-BatchNormMomentum to {Math.Max(0, Math.Floor(Math.Pow(OldShare, 1.0 / updates) * 100) / 100):0.##} or less";
        var names = Finding.Names([.. slow.Select(pair => pair.Norm)]);
        return new Finding(slow[0].Norm.Name, stopped
            ? $"The run stopped early, after {updates} updates: the moving statistics of {names} are still {slow[0].Share:P0} the old ones, so evaluation doesn't match training. Stop later, or set {momentum}; Repair-BatchNorm mends this model without training."
            : $"After {updates} {(updates == 1 ? "update" : "updates")} the moving statistics of {names} will still be {slow[0].Share:P0} the old ones, so evaluation won't match training. Train longer, or set {momentum}.");
    }

    private static Finding? Trap(TransferNetwork network)
    {
        var trapped = network.BatchNorms.Where(norm => !norm.Learns && norm.NormalizesBy == NormalizationSource.Batch).ToList();
        if (trapped.Count == 0)
        {
            return null;
        }

        var modes = string.Join(", ", trapped.Select(norm => norm.Mode).Distinct());
        return new Finding(
            trapped[0].Name,
            $"{trapped.Count} frozen BatchNorm layer{(trapped.Count == 1 ? string.Empty : "s")} (mode {modes}) will normalise by the mini-batch while training and by "
            + $"{(trapped.Any(norm => norm.UpdatesStatistics) ? "moving statistics that drift meanwhile" : "moving statistics of the old data")} in evaluation ({Finding.Names(trapped)}): the head learns from features that it won't be given later, "
            + "and training metrics look better than evaluation on the same images. Set-FreezeMode Inference avoids it; Test-LearningPhase measures it.");
    }
}
