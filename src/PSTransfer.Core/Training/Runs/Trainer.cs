using System.Runtime.CompilerServices;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Training.Guard;
using PSTransfer.Core.Training.Loss;
using PSTransfer.Core.Training.Optimisation;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Why a run ended.</summary>
public enum StopReason
{
    /// <summary>All epochs were run.</summary>
    Completed,

    /// <summary>The validation loss stopped falling.</summary>
    EarlyStopping,
}

/// <summary>Where a run is, told after each step. Loss and accuracy are the epoch's running means.</summary>
public sealed record TrainingProgress(int Epoch, int Epochs, int Step, int Steps, double Loss, double Accuracy, double SecondsLeft);

/// <summary>What a run did.</summary>
/// <param name="History">The epochs of this run.</param>
/// <param name="Stopped">Why it ended.</param>
/// <param name="BestEpoch">The epoch with the lowest validation loss; the lowest training loss without validation.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="ImagesPerSecond">Training images over wall time, validation included.</param>
/// <param name="FeatureCache">What was computed once instead of at each epoch, in words.</param>
public sealed record TrainingResult(
    IReadOnlyList<EpochRecord> History, StopReason Stopped, int BestEpoch, double Seconds, double ImagesPerSecond, string FeatureCache);

/// <summary>Fine-tuning: the loop.</summary>
public sealed class Trainer(
    TransferNetwork network,
    TrainingOptions options,
    Action<TrainingProgress>? report = null,
    Action<string>? warn = null,
    Action<EpochRecord>? epochDone = null,
    Action<string, double>? preparing = null,
    Action<string>? tell = null)
{
    /// <summary>
    /// Trains the model in place, on the calling thread. After a cancellation or an error the model stands where the last step left it.
    /// </summary>
    /// <exception cref="PSTransferException">Settings, model and data don't fit each other, the loss left the range of float32, or a strict
    /// run has something to report.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; checked before each step.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // or .NET compiles it anew in the middle of a long run, with megabytes that stay
    public TrainingResult Fit(LabeledImages data, LabeledImages? validation, CancellationToken token)
    {
        // Whatever refuses the run comes before anything that changes the model.
        options.Validate(validation is not null);
        using var hold = network.Use.Change("being trained");
        network.RequireMemory(Math.Min(options.BatchSize, data.Count));
        using var objective = TrainingLoss.For(network, data, options);
        var plan = RunPlan.Make(network, options, data, validation);
        Tell(plan.Findings);
        TellOtherPixels(plan.Images.Pixels!);
        foreach (var idle in plan.Idle)
        {
            warn?.Invoke(idle);
        }

        using var book = new RunBook(network, options, plan, warn ?? (_ => { }));
        var history = book.History;
        TellStart(book.Resumed);
        foreach (var norm in network.BatchNorms)
        {
            norm.Momentum = options.BatchNormMomentum is { } keras ? 1 - keras : norm.Momentum;
        }

        network.Classes = data.Classes;
        var evaluator = new Evaluator(network, options.BatchSize);
        var clock = new RunClock((long)options.TotalEpochs * plan.Steps, (long)book.Resumed * plan.Steps);
        var caches = new List<string>();
        var stopped = StopReason.Completed;
        foreach (var (stage, first) in plan.After(history))
        {
            stage.Freeze?.Apply(network);
            using var state = new StageState(network, stage.Options);
            book.Restore(state, (history.Count - first) * plan.Updates);
            var guard = new FrozenGuard(network);
            using var features = RunFeatures.Prepare(network, stage.Options, plan.Images, plan.Unseen, preparing, warn ?? (_ => { }), token);
            caches.Add(stage.Name + features.Description);
            var stepper = new TrainingStep(features.Training, plan.Images, objective, state, stage.Options, network.Device);
            var schedule = new LearningRateSchedule(stage.Options, plan.Updates);
            var own = history.Skip(first).ToList();
            while (!stage.IsOver(own))
            {
                var (epoch, began, metrics, rate) = (history.Count + 1, clock.Seconds, new RunningMetrics(), 0.0);
                clock.Stepping(true);
                foreach (var (step, batch) in features.Training.ReadShuffled(options.Seed, epoch, plan.Steps, token).Index())
                {
                    rate = schedule.RateAt(((long)own.Count * plan.Updates) + (step / options.AccumulationSteps), own);

                    // Only now: a run whose first picture can't be read leaves the model as it was.
                    network.SetPixels(plan.Images.Pixels!, areFixed: true);
                    network.Reference = null;
                    stepper.Take(batch, epoch, step, (step + 1) % options.AccumulationSteps == 0 || step + 1 == plan.Steps, rate, metrics);
                    report?.Invoke(new TrainingProgress(epoch, options.TotalEpochs, step + 1, plan.Steps, metrics.Mean.Loss, metrics.Mean.Accuracy, clock.Step()));
                }

                Divergence.Check(network, epoch, rate, options.CheckpointPath);

                // Before the checkpoint: a strict run's never holds what the guard has found.
                Tell(guard.Check(epoch));
                var record = state.Judge(() =>
                {
                    var after = plan.Unseen is null ? null : evaluator.Run(plan.Unseen, features.Validation!, isTraining: false, dropout: false, seed: null, KeptProbabilities.None, token).Metrics;
                    var done = new EpochRecord(epoch, plan.Steps, metrics.Mean.Loss, metrics.Mean.Accuracy, after?.Loss, after?.Accuracy, rate, clock.Seconds - began);
                    book.Add(done);
                    return done;
                });
                clock.Stepping(false);
                own.Add(record);
                book.Write(state);
                epochDone?.Invoke(record);
            }

            // Once more, for what came after the last epoch's steps.
            Tell(guard.Check(history.Count));
            stopped = own.Count < stage.Options.Epochs ? StopReason.EarlyStopping : StopReason.Completed;
            state.Finish();
            TellUnadapted(stage, own.Count, book.RestoreBest() is { } best ? Math.Max(1, best.Epoch - first) : own.Count, plan.Steps);
        }

        network.SetPixels(plan.Images.Pixels!, areFixed: true); // of a resumed run that was over, too
        KeepReference(plan.Unseen is { Count: >= Reference.Count } enough ? enough : plan.Images);
        book.Finish();
        var trained = (history.Count - book.Resumed) * (double)plan.Steps * plan.ImagesPerStep;
        return new TrainingResult(history, stopped, EarlyStopping.Best(history).Epoch, clock.Seconds, trained / clock.Seconds, string.Join("; ", caches));
    }

    /// <summary>A model that learnt from pictures of one rule and goes on with another's keeps the other.</summary>
    private void TellOtherPixels(PixelPath pixels)
    {
        if (network.PixelsAreFixed && network.Pixels.Resize != pixels.Resize)
        {
            warn?.Invoke($"The model '{network.Name}' learnt from pictures brought to size by {network.Pixels.Resize} so far; this run's images were imported with -Resize {pixels.Resize}, which the model keeps from now on.");
        }
    }

    /// <summary>
    /// Keeps what the model can be compared by elsewhere. A picture that can't be read any more is no reason to lose the run.
    /// </summary>
    private void KeepReference(LabeledImages images)
    {
        try
        {
            network.SetReference(ReferencePixels.Read(network, images).Ask);
        }
        catch (PSTransferException fault)
        {
            warn?.Invoke($"The model keeps no reference answers for Test-Deployment: {fault.Message}");
        }
    }

    private void TellStart(int resumed)
    {
        if (options.Resume)
        {
            tell?.Invoke(resumed == 0
                ? $"There is no checkpoint {options.CheckpointPath} yet: the run begins with epoch 1."
                : $"The run goes on from the checkpoint {options.CheckpointPath}, after epoch {resumed} of {options.TotalEpochs}.");
        }
    }

    /// <summary>Passes on what was found about BatchNorm: a warning each, or one error for all in a strict run.</summary>
    private void Tell(IReadOnlyList<Finding> findings)
    {
        if (options.Strict && findings.Count > 0)
        {
            throw new PSTransferException(
                FaultKind.Unsound,
                $"-Strict: {string.Join(" ", findings.Select(finding => finding.Message))}",
                findings[0].Layer);
        }

        foreach (var finding in findings)
        {
            warn?.Invoke(finding.Message);
        }
    }

    /// <summary>Tells of statistics that a stage which stopped early left unadapted.</summary>
    private void TellUnadapted(StagePlan stage, int epochs, int kept, int stepsPerEpoch)
    {
        if (epochs < stage.Options.Epochs && !stage.ToldUnadapted && TrainingAdvice.Unadapted(network, stage.Options, (long)kept * stepsPerEpoch, stopped: true) is { } unadapted)
        {
            Tell([unadapted with { Message = stage.Name + unadapted.Message }]);
        }
    }
}
