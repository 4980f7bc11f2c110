using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training.Loss;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.Core.Training;

/// <summary>A step of a learning-rate sweep.</summary>
/// <param name="LearningRate">The rate of the update after it.</param>
/// <param name="Loss">The mean loss before that update, over the images of the batches that it is made of.</param>
/// <param name="SmoothedLoss">The exponential mean of the losses so far, decay 0.9, its start corrected as in Adam.</param>
public sealed record LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss)
{
    /// <inheritdoc/>
    public override string ToString() => $"{LearningRate:g3}: {Loss:0.0000}";
}

/// <summary>What a learning-rate sweep found.</summary>
/// <param name="Suggestion">Where the smoothed loss falls steepest over the logarithm of the rate; null where it never falls.</param>
/// <param name="Points">The steps, up to where the smoothed loss was four times its lowest.</param>
public sealed record LearningRateSweep(double? Suggestion, IReadOnlyList<LearningRatePoint> Points);

/// <summary>The learning-rate range test (Smith 2017, arXiv 1506.01186), with an exponential sweep and a suggestion as in fastai.</summary>
public static class LearningRateFinder
{
    private const double Decay = 0.9;
    private const double Blowup = 4;

    /// <summary>Trains a copy of a model for some steps at rising rates; the model isn't touched.</summary>
    /// <param name="network">A model with a head.</param>
    /// <param name="data">Training images.</param>
    /// <param name="options">Optimiser, rates by layer, batch size, batches to an update, loss, augmentation, seed, feature cache; its rate, epochs and schedule don't count.</param>
    /// <param name="minimum">The first rate, above 0.</param>
    /// <param name="maximum">The last rate, above the first.</param>
    /// <param name="steps">Updates, at least 10.</param>
    /// <param name="report">Told how much is done, 0 to 1.</param>
    /// <param name="preparing">Told what is computed before the steps, and how much of it is done, 0 to 1.</param>
    /// <param name="warn">Told of features that can't be kept where they should be.</param>
    /// <param name="token">Checked at each step.</param>
    /// <exception cref="PSTransferException">Options, model and data don't fit each other.</exception>
    public static LearningRateSweep Run(
        TransferNetwork network,
        LabeledImages data,
        TrainingOptions options,
        double minimum,
        double maximum,
        int steps,
        Action<double>? report,
        Action<string, double>? preparing,
        Action<string>? warn,
        CancellationToken token)
    {
        PSTransferException.Require(minimum is > 0 and < double.PositiveInfinity, "Minimum", $"must be a positive number, not {minimum}");
        PSTransferException.Require(maximum > minimum && double.IsFinite(maximum), "Maximum", $"must be above -Minimum {minimum}, not {maximum}");
        PSTransferException.Require(steps >= 10, "Steps", $"must be at least 10, not {steps}");
        options = options with { Epochs = 1, StepsPerEpoch = null, LearningRate = maximum };
        options.Validate(hasValidation: false);
        var batches = (long)steps * options.AccumulationSteps;
        PSTransferException.Require(batches <= int.MaxValue, "Steps", $"{steps} with -AccumulationSteps {options.AccumulationSteps} are too many batches");
        options = options with { StepsPerEpoch = (int)batches };
        using var copy = network.Clone();
        using var objective = TrainingLoss.For(copy, data, options);
        var plan = RunPlan.Make(copy, options, data, validation: null);
        using var state = new StageState(copy, options);
        using var features = RunFeatures.Prepare(copy, options, plan.Images, validation: null, preparing, warn ?? (_ => { }), token);
        var stepper = new TrainingStep(features.Training, plan.Images, objective, state, options, copy.Device);
        var points = new List<LearningRatePoint>();
        var (mean, lowest, metrics) = (0.0, double.PositiveInfinity, new RunningMetrics());
        foreach (var (number, batch) in features.Training.ReadShuffled(options.Seed, epoch: 1, (int)batches, token).Index())
        {
            var (step, part) = Math.DivRem(number, options.AccumulationSteps);
            var rate = minimum * Math.Pow(maximum / minimum, step / (steps - 1.0));
            var updates = part + 1 == options.AccumulationSteps;
            try
            {
                stepper.Take(batch, 1, number, updates, rate, metrics);
            }
            catch (PSTransferException fault) when (fault.Kind == FaultKind.Diverged && step > 0)
            {
                break;
            }

            if (!updates)
            {
                continue;
            }

            var loss = metrics.Mean.Loss;
            metrics = new RunningMetrics();
            mean = (Decay * mean) + ((1 - Decay) * loss);
            var smoothed = mean / (1 - Math.Pow(Decay, step + 1));
            points.Add(new LearningRatePoint(rate, loss, smoothed));
            lowest = Math.Min(lowest, smoothed);
            report?.Invoke((step + 1.0) / steps);
            if (smoothed > Blowup * lowest)
            {
                break;
            }
        }

        return new LearningRateSweep(Steepest(points), new Listed<LearningRatePoint>(points));
    }

    /// <summary>The rate between whose neighbours the smoothed loss falls most. The rates are evenly spaced on a logarithmic scale.</summary>
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
