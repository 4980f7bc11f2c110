using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Diagnosis.Drift;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Runs;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Diagnosis.Comparison;

/// <summary>
/// Trains copies of a model under a freeze mode and tests each copy. Weights, head and order of images are the same at the start of every
/// mode. The model itself isn't changed.
/// </summary>
public sealed class FreezeModeComparison(TransferNetwork network)
{
    /// <summary>The training options, the same for every mode. With several repeats, the seed is that of the first repeat.</summary>
    public TrainingOptions Options { get; init; } = new();

    /// <summary>The target accuracy of <see cref="FreezeModeRun.EpochsToTarget"/>, 0 to 1. Default: 0.9.</summary>
    public double TargetAccuracy { get; init; } = 0.9;

    /// <summary>
    /// How many runs each mode gets, at least 1; their seeds follow each other. With more than one, each run draws a new head from its
    /// seed, so that the spread includes the head's start. Default: 1, and the head stays as given.
    /// </summary>
    public int Repeats { get; init; } = 1;

    /// <summary>
    /// The repairs after which each trained copy is tested. A mode to which none applies is tested without repair. Default: None and
    /// Precise.
    /// </summary>
    public IReadOnlyList<FreezeModeRepair> Repairs { get; init; } = [FreezeModeRepair.None, FreezeModeRepair.Precise];

    /// <summary>How many images the old statistics count for under <see cref="FreezeModeRepair.Prior"/>, at least 0. Default: 16.</summary>
    public double Prior { get; init; } = 16;

    /// <summary>The batch's share under <see cref="FreezeModeRepair.Mixed"/>, 0 to 1. Default: 0.5.</summary>
    public double BatchShare { get; init; } = 0.5;

    /// <summary>The value of <see cref="FreezeModeRow.Label"/>; null for none.</summary>
    public string? Label { get; init; }

    /// <summary>Runs one mode. Each seed trains one copy, which is tested after each repair and then disposed.</summary>
    /// <param name="mode">The freeze mode of the copies' backbone.</param>
    /// <param name="data">The training images; repairs use their statistics.</param>
    /// <param name="validation">Validation images; null for none.</param>
    /// <param name="observe">Gives the observer of a repeat, which is counted from 1; null for none.</param>
    /// <param name="token">Checked at each batch.</param>
    /// <returns>One row per repair that applies, in the order of <see cref="Repairs"/>.</returns>
    public IReadOnlyList<FreezeModeRow> Run(
        FreezeMode mode,
        LabeledImages data,
        LabeledImages? validation,
        Func<int, RunObserver>? observe = null,
        CancellationToken token = default)
    {
        Require(Repeats >= 1, "Repeat", $"must be at least 1, not {Repeats}");
        Require(
            Options.Seed <= int.MaxValue - (Repeats - 1),
            "Seed",
            $"must leave room for the {Repeats} seeds from it on, not {Options.Seed}");
        Require(double.IsFinite(Prior) && Prior >= 0, nameof(Prior), $"must be at least 0, not {Prior}");
        Require(BatchShare is >= 0 and <= 1, nameof(BatchShare), $"must be from 0 to 1, not {BatchShare}");
        var repairs = RepairsOf(mode);
        var runs = Enumerable.Range(0, Repeats)
            .Select(repeat => RunSeed(Options with { Seed = Options.Seed + repeat }, observe?.Invoke(repeat + 1)))
            .ToList();
        return [.. repairs.Select((_, i) => new FreezeModeRow([.. runs.Select(ofSeed => ofSeed[i])]) { Label = Label })];

        List<FreezeModeRun> RunSeed(TrainingOptions options, RunObserver? observer)
        {
            using var copy = network.Clone();
            if (Repeats > 1 && network.Head is { } head)
            {
                copy.SetHead(head, options.Seed);
            }

            new FreezePlan { Mode = mode }.Apply(copy);
            if (repairs.Contains(FreezeModeRepair.Mixed) && validation is not null)
            {
                // A mixture also uses batch statistics of the validation images, so batches of one value are refused before training.
                BatchStatisticsCheck.Require(copy, validation.Count, options.BatchSize);
            }

            var training = new Trainer(copy, options, observer).Fit(data, validation, token);
            return [.. repairs.Select(repair => Test(copy, training, mode, repair, options, data, validation, token))];
        }
    }

    /// <summary>Tests the copy after a repair, then undoes it, so that the next repair starts from the trained statistics.</summary>
    private FreezeModeRun Test(
        TransferNetwork copy,
        TrainingResult training,
        FreezeMode mode,
        FreezeModeRepair repair,
        TrainingOptions options,
        LabeledImages data,
        LabeledImages? validation,
        CancellationToken token)
    {
        var replaces = repair is FreezeModeRepair.Precise or FreezeModeRepair.Prior;
        if (replaces)
        {
            var prior = repair == FreezeModeRepair.Prior ? Prior : 0;
            new BatchNormRepair(copy) { BatchSize = options.BatchSize, Prior = prior }.Run(data, token: token);
        }

        Mix(copy, repair == FreezeModeRepair.Mixed ? BatchShare : 0);
        var test = new LearningPhaseTest(copy, new() { BatchSize = options.BatchSize, Seed = options.Seed })
            .Run(data, validation, token: token);
        Mix(copy, 0);
        if (replaces)
        {
            BatchNormRepair.Undo(copy);
        }

        return new FreezeModeRun
        {
            Mode = mode,
            Repair = repair,
            Seed = options.Seed,
            FitAccuracy = training.History[^1].Accuracy,
            TrainingPhase = test.Training,
            InferencePhase = test.Inference,
            Validation = test.Validation,
            NormalizationGap = test.NormalizationGap,
            GeneralizationGap = test.GeneralizationGap,
            Verdict = test.Verdict,
            EpochsToTarget = repair == FreezeModeRepair.None
                ? training.History.FirstOrDefault(epoch => (epoch.ValidationAccuracy ?? epoch.Accuracy) >= TargetAccuracy)?.Epoch
                : null,
            Seconds = training.Seconds,
        };
    }

    private static void Mix(TransferNetwork copy, double share)
    {
        foreach (var norm in copy.BatchNorms)
        {
            norm.BatchShare = share;
        }
    }

    /// <summary>The repairs that apply to a mode. A head that learnt from moving statistics would only get worse with others.</summary>
    private List<FreezeModeRepair> RepairsOf(FreezeMode mode)
    {
        var canRepair = FreezePolicy.Of(mode).NormalizesBy == NormalizationSource.Batch && network.BatchNorms.Any();
        var chosen = Repairs.Distinct().Where(repair => canRepair || repair == FreezeModeRepair.None).ToList();
        return chosen.Count > 0 ? chosen : [FreezeModeRepair.None];
    }
}
