using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training.Loss;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.Core.Training;

/// <summary>An update of a learning-rate sweep.</summary>
/// <param name="LearningRate">The learning rate of the update.</param>
/// <param name="Loss">The mean loss before the update, over the images of its batches.</param>
/// <param name="SmoothedLoss">The exponential mean of the losses so far, decay 0.9, its start corrected as in Adam.</param>
public sealed record LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss)
{
    /// <inheritdoc/>
    public override string ToString() => $"{LearningRate:g3}: {Loss:0.0000}";
}

/// <summary>The result of a learning-rate sweep.</summary>
/// <param name="Suggestion">The rate at which the smoothed loss falls steepest over the rate's logarithm; null if the loss never
/// falls.</param>
/// <param name="Points">The updates, up to the first whose smoothed loss was four times the lowest.</param>
public sealed record LearningRateSweep(double? Suggestion, IReadOnlyList<LearningRatePoint> Points);

/// <summary>The learning-rate range test (Smith 2017, arXiv 1506.01186), with an exponential sweep and a suggestion as in fastai.</summary>
public static class LearningRateFinder
{
    private const double Decay = 0.9;
    private const double Blowup = 4;

    /// <summary>Trains a copy of a model for some steps at rising rates. The model itself isn't touched.</summary>
    /// <param name="network">A model with a head.</param>
    /// <param name="data">Training images.</param>
    /// <param name="options">The options of the run to find a rate for. Their rate, epochs and schedule don't count.</param>
    /// <param name="minimum">The first rate, above 0.</param>
    /// <param name="maximum">The last rate, above the first.</param>
    /// <param name="steps">Updates, at least 10.</param>
    /// <param name="observer">Told of preparation, of features that can't be kept where they should be, and of each update as a
    /// step.</param>
    /// <param name="token">Checked at each step.</param>
    /// <exception cref="PSTransferException">Options, model and data don't fit each other.</exception>
    public static LearningRateSweep Run(
        TransferNetwork network,
        LabeledImages data,
        TrainingOptions options,
        double minimum,
        double maximum,
        int steps,
        RunObserver? observer,
        CancellationToken token)
    {
        PSTransferException.Require(minimum is > 0 and < double.PositiveInfinity, "Minimum", $"must be a positive number, not {minimum}");
        PSTransferException.Require(
            maximum > minimum && double.IsFinite(maximum), "Maximum", $"must be above -Minimum {minimum}, not {maximum}");
        PSTransferException.Require(steps >= 10, "Steps", $"must be at least 10, not {steps}");
        options = options with { Epochs = 1, StepsPerEpoch = null, LearningRate = maximum };
        options.Validate(hasValidation: false);
        var size = options.AccumulationSteps;
        var batches = (long)steps * size;
        PSTransferException.Require(batches <= int.MaxValue, "Steps", $"{steps} with -AccumulationSteps {size} are too many batches");
        options = options with { StepsPerEpoch = (int)batches };
        observer ??= new RunObserver();
        using var copy = network.Clone();
        using var objective = TrainingLoss.For(copy, data, options);
        var plan = RunPlan.Make(copy, options, data, validation: null);
        using var stage = new StageRun(copy, plan, plan.Stages[0], objective, book: null, observer, token);
        var points = new List<LearningRatePoint>();
        var (mean, lowest, epoch, clock) = (0.0, double.PositiveInfinity, new RunningEpoch(1), new RunClock(steps, resumed: 0));
        clock.Stepping(true);
        foreach (var batch in stage.Batches(epoch, token))
        {
            var (update, part) = Math.DivRem(epoch.Steps, size);
            var rate = minimum * Math.Pow(maximum / minimum, update / (steps - 1.0));
            try
            {
                stage.Take(batch, epoch, rate);
            }
            catch (PSTransferException fault) when (fault.Kind == FaultKind.Diverged && update > 0)
            {
                break;
            }

            if (part + 1 < size)
            {
                continue;
            }

            var (loss, accuracy, _) = epoch.Metrics.Mean;
            epoch.Metrics = new RunningMetrics();
            mean = (Decay * mean) + ((1 - Decay) * loss);
            var smoothed = mean / (1 - Math.Pow(Decay, update + 1));
            points.Add(new LearningRatePoint(rate, loss, smoothed));
            lowest = Math.Min(lowest, smoothed);
            observer.Stepped(new TrainingProgress(1, 1, update + 1, steps, loss, accuracy, clock.Step()));
            if (smoothed > Blowup * lowest)
            {
                break;
            }
        }

        return new LearningRateSweep(Steepest(points), new Listed<LearningRatePoint>(points));
    }

    /// <summary>
    /// The rate between whose neighbours the smoothed loss falls most. The rates are evenly spaced on a logarithmic scale.
    /// </summary>
    internal static double? Steepest(IReadOnlyList<LearningRatePoint> points)
    {
        if (points.Count < 3)
        {
            return null;
        }

        var (slope, middle) = Enumerable.Range(1, points.Count - 2)
            .Select(i => (Slope: points[i + 1].SmoothedLoss - points[i - 1].SmoothedLoss, Middle: i))
            .MinBy(pair => pair.Slope);
        return slope < 0 ? points[middle].LearningRate : null;
    }
}
