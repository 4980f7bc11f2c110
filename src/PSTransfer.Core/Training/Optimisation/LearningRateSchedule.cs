using PSTransfer.Core.Models;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>
/// The learning rate of each update of a stage. The formulas are those of torch.optim.lr_scheduler: StepLR, CosineAnnealingLR down to 0,
/// OneCycleLR and ReduceLROnPlateau at their defaults, and LinearLR before them (SequentialLR) for a warm-up. Everything follows from the
/// options, the update and the epochs so far, so a resumed run needs no state.
/// </summary>
/// <param name="options">The options of the stage: schedule, highest rate, epochs.</param>
/// <param name="updatesPerEpoch">The optimiser's updates in an epoch.</param>
internal sealed class LearningRateSchedule(TrainingOptions options, int updatesPerEpoch)
{
    /// <summary>The threshold of ReduceLROnPlateau: a loss that is lower by less than this share is no improvement.</summary>
    private const double PlateauThreshold = 1e-4;

    private readonly long _updates = (long)options.Epochs * updatesPerEpoch;

    /// <summary>The rate of an update.</summary>
    /// <param name="update">From 0, over all epochs of the stage.</param>
    /// <param name="history">The stage's epochs before it.</param>
    public double RateAt(long update, IReadOnlyList<EpochRecord> history)
    {
        var warmup = options.WarmupSteps;
        var warmth = update < warmup ? (update + 1.0) / (warmup + 1) : 1;
        var after = Math.Max(0, update - warmup);
        return warmth * (options.Schedule switch
        {
            ScheduleKind.Step => options.Rate * Math.Pow(options.Factor, after / ((long)options.DecayEpochs!.Value * updatesPerEpoch)),
            ScheduleKind.Cosine => Cosine(options.Rate, 0, (double)after / (_updates - warmup)),
            ScheduleKind.OneCycle => OneCycle(options.Rate, update, _updates),
            ScheduleKind.Plateau =>
                options.Rate * Math.Pow(options.Factor, Plateaus([.. history.Select(EarlyStopping.Watched)], options.DecayEpochs!.Value)),
            _ => options.Rate,
        });
    }

    // Smith 2018 (arXiv 1708.07120), with the shares and the cosine that OneCycleLR defaults to.
    private static double OneCycle(double highest, long step, long steps)
    {
        var first = highest / 25;
        var last = first / 1e4;
        var peak = (0.3 * steps) - 1;
        return step <= peak
            ? Cosine(first, highest, peak > 0 ? step / peak : 1)
            : Cosine(highest, last, (step - peak) / Math.Max(steps - 1 - peak, 1));
    }

    private static double Cosine(double from, double to, double share) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * share)));

    /// <summary>
    /// Counts how often the loss didn't improve over a row of epochs as long as the patience. Each time a new row begins.
    /// </summary>
    private static int Plateaus(IReadOnlyList<double> losses, int patience)
    {
        var (best, waited, plateaus) = (double.PositiveInfinity, 0, 0);
        foreach (var loss in losses)
        {
            (best, waited) = loss < best * (1 - PlateauThreshold) ? (loss, 0) : (best, waited + 1);
            if (waited == patience)
            {
                (waited, plateaus) = (0, plateaus + 1);
            }
        }

        return plateaus;
    }
}
