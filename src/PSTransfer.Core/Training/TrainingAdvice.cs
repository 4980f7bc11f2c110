using PSTransfer.Core.Freezing;
using PSTransfer.Core.Layers;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training;

/// <summary>What is told before the first step: the trap by name, statistics that can't adapt, statistics over few values.</summary>
internal static class TrainingAdvice
{
    /// <summary>The old statistics' share at the end of a run above which the user is told.</summary>
    private const double OldShare = 0.1;

    /// <summary>Checks a run against its model, sets <see cref="TrainingOptions.BatchNormMomentum"/>, and warns.</summary>
    public static void Give(TransferNetwork network, TrainingOptions options, int images, int stepsPerEpoch, Action<string> warn)
    {
        if (BatchStatisticsCheck.Require(network, images, options.BatchSize) is { } fewValues)
        {
            warn(fewValues);
        }

        foreach (var norm in network.BatchNorms)
        {
            norm.Momentum = options.BatchNormMomentum is { } keras ? 1 - keras : norm.Momentum;
        }

        var trapped = network.BatchNorms.Where(norm => !norm.Learns && norm.NormalizesBy == NormalizationSource.Batch).ToList();
        if (trapped.Count > 0)
        {
            var modes = string.Join(", ", trapped.Select(norm => norm.Mode).Distinct());
            warn($"{trapped.Count} frozen BatchNorm layer{(trapped.Count == 1 ? string.Empty : "s")} (mode {modes}) will normalise by the mini-batch while training and by "
                + $"{(trapped.Any(norm => norm.UpdatesStatistics) ? "moving statistics that drift meanwhile" : "moving statistics of the old data")} in evaluation: the head learns from features that it won't be given later, "
                + "and training metrics look better than evaluation on the same images. Set-FreezeMode Inference avoids it; Test-LearningPhase measures it.");
        }

        var updates = options.Epochs * stepsPerEpoch;
        var slow = network.BatchNorms
            .Where(norm => norm.UpdatesStatistics)
            .Select(norm => (norm.Name, Share: Math.Pow(1 - norm.Momentum, updates)))
            .OrderByDescending(pair => pair.Share)
            .FirstOrDefault();
        if (slow.Share > OldShare)
        {
            warn($"After {updates} updates the moving statistics of {slow.Name} will still be {slow.Share:P0} the old ones, so evaluation won't match training. "
                + $"Train longer, or set -BatchNormMomentum to {Math.Max(0, Math.Floor(Math.Pow(OldShare, 1.0 / updates) * 100) / 100):0.##} or less.");
        }
    }
}
