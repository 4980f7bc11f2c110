using System.Diagnostics;
using PSTransfer.Core.Data;
using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Files;
using PSTransfer.Core.Layers;
using PSTransfer.Core.Models;
using TorchSharp;

namespace PSTransfer.Core.Training;

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
public sealed record TrainingResult(IReadOnlyList<EpochRecord> History, StopReason Stopped, int BestEpoch, double Seconds, double ImagesPerSecond);

/// <summary>Fine-tuning: the loop.</summary>
public sealed class Trainer(
    TransferNetwork network,
    TrainingOptions options,
    Action<TrainingProgress>? report = null,
    Action<string>? warn = null,
    Action<EpochRecord>? epochDone = null)
{
    /// <summary>Trains the model in place, on the calling thread. After a cancellation or an error the model stands where the last step left it.</summary>
    /// <exception cref="PSTransferException">Settings, model and data don't fit each other, the loss left the range of float32, or a strict run has something to report.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; checked before each step.</exception>
    public TrainingResult Fit(LabeledImages data, LabeledImages? validation, CancellationToken token)
    {
        // Whatever refuses the run comes before anything that changes the model.
        options.Validate(validation is not null);
        var objective = Objective.For(network, data, options.Loss);
        Mixup.CheckHead(options.Augmentation, network.Head!.ClassCount);
        var images = data.ForShape(network.InputShape, network.Spec.Resize);
        CheckValidation(data, validation);
        _ = options.CheckpointPath is { } path ? AtomicFile.RequireFolder(path) : null;
        var passSteps = (images.Count + options.BatchSize - 1) / options.BatchSize;
        var steps = options.StepsPerEpoch ?? passSteps;
        using var optimizer = new RunOptimizer(network, options);
        Tell(TrainingAdvice.Before(network, options, images.Count, steps));
        var toldUnadapted = TrainingAdvice.Unadapted(network, options, (long)options.Epochs * steps, stopped: false) is not null;
        var history = Checkpoint.Resume(network, data.Classes, optimizer, options, steps);
        foreach (var norm in network.BatchNorms)
        {
            norm.Momentum = options.BatchNormMomentum is { } keras ? 1 - keras : norm.Momentum;
        }

        network.Classes = data.Classes;
        var guard = new FrozenGuard(network);

        var loader = new BatchLoader(images, options.BatchSize, network.Device);
        var evaluator = new Evaluator(network, options.BatchSize);
        var resumed = history.Count;
        var watch = Stopwatch.StartNew();
        while (history.Count < options.Epochs && !StopsEarly(history))
        {
            var started = watch.Elapsed;
            var epoch = history.Count + 1;
            var metrics = new RunningMetrics();
            foreach (var (step, batch) in Batches(loader, images.Count, epoch, token).Take(steps).Index())
            {
                var taken = ((epoch - 1) * steps) + step;
                Step(batch, epoch, step, Rate(taken), metrics);
                Report(epoch, step + 1, taken + 1, metrics.Mean);
            }

            // Before the checkpoint: a strict run's never holds what the guard has found.
            Tell(guard.Check(epoch));
            var after = validation is null ? null : evaluator.Run(validation, isTraining: false, dropout: false, seed: null, token: token);
            var record = new EpochRecord(
                epoch, steps, metrics.Mean.Loss, metrics.Mean.Accuracy, after?.Loss, after?.Accuracy, Rate((epoch * steps) - 1), (watch.Elapsed - started).TotalSeconds);
            history.Add(record);
            network.History = [.. network.History, record];
            Checkpoint.Save(network, optimizer, options, history);
            epochDone?.Invoke(record);
        }

        // Once more, for what came after the last epoch's steps.
        Tell(guard.Check(history.Count));
        var seconds = watch.Elapsed.TotalSeconds;
        var trained = (history.Count - resumed) * steps * (double)images.Count / passSteps;
        var stopped = history.Count < options.Epochs ? StopReason.EarlyStopping : StopReason.Completed;
        if (stopped == StopReason.EarlyStopping && !toldUnadapted && TrainingAdvice.Unadapted(network, options, (long)history.Count * steps, stopped: true) is { } unadapted)
        {
            Tell([unadapted]);
        }

        return new TrainingResult(history, stopped, history.MinBy(Watched)!.Epoch, seconds, trained / seconds);

        void Step(Batch batch, int epoch, int step, double rate, RunningMetrics metrics)
        {
            using var scope = torch.NewDisposeScope();
            using var owned = batch;
            using var random = new torch.Generator((ulong)SeededRandom.For(options.Seed, epoch, step).NextInt64(), network.Device);
            var pixels = options.Augmentation?.Apply(batch.Images, options.Seed, epoch, [.. batch.Indices]) ?? batch.Images;
            var mixup = Mixup.For(options.Augmentation, options.Seed, epoch, step);
            var logits = network.Forward(mixup?.Images(pixels) ?? pixels, ForwardPass.Fit(random));
            var loss = mixup?.Loss(batch.Labels, labels => objective.Loss(logits, labels)) ?? objective.Loss(logits, batch.Labels);
            var value = metrics.Add(loss, objective.Predict(logits), batch.Labels);
            if (!double.IsFinite(value))
            {
                throw Diverged(epoch, step, value, rate);
            }

            optimizer.Step(loss, rate);
        }

        void Report(int epoch, int step, int taken, PhaseMetrics mean)
        {
            var left = watch.Elapsed.TotalSeconds / (taken - (resumed * steps)) * ((options.Epochs * steps) - taken);
            report?.Invoke(new TrainingProgress(epoch, options.Epochs, step, steps, mean.Loss, mean.Accuracy, left));
        }

        double Rate(int step) => LearningRateSchedule.RateAt(options.Schedule, options.Rate, step, options.Epochs * steps);
    }

    /// <summary>Passes on what was found about BatchNorm: a warning each, or one error for all in a strict run.</summary>
    private void Tell(IReadOnlyList<Finding> findings)
    {
        if (options.Strict && findings.Count > 0)
        {
            throw new PSTransferException(FaultKind.Unsound, $"-Strict: {string.Join(" ", findings.Select(finding => finding.Message))}", findings[0].Layer);
        }

        foreach (var finding in findings)
        {
            warn?.Invoke(finding.Message);
        }
    }

    private void CheckValidation(LabeledImages data, LabeledImages? validation)
    {
        if (validation is not null && !validation.Classes.SequenceEqual(data.Classes))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"'{validation.Name}' has the classes {string.Join(", ", validation.Classes)}, but '{data.Name}' has {string.Join(", ", data.Classes)}. Give Import-ImageDataset -Class the same classes in the same order for both.",
                "ValidationDataset");
        }

        validation?.ForShape(network.InputShape, network.Spec.Resize);
    }

    /// <summary>Shuffled passes over the data without end; each (seed, epoch, pass) has its own order.</summary>
    private IEnumerable<Batch> Batches(BatchLoader loader, int imageCount, int epoch, CancellationToken token)
    {
        for (var pass = 0; ; pass++)
        {
            var shuffle = SeededRandom.For(options.Seed, epoch, pass).Next();
            foreach (var batch in loader.Read(BatchLoader.Order(imageCount, shuffle, epoch), token))
            {
                yield return batch;
            }
        }
    }

    private static double Watched(EpochRecord epoch) => epoch.ValidationLoss ?? epoch.Loss;

    private bool StopsEarly(List<EpochRecord> history) =>
        options.EarlyStopping is { } patience
        && history.Count > 0
        && history.Count - history.MinBy(Watched)!.Epoch >= patience;

    private static PSTransferException Diverged(int epoch, int step, double loss, double rate) => new(
        FaultKind.Diverged,
        $"The loss became {loss} in epoch {epoch}, step {step + 1}, at learning rate {rate:g3}. Lower -LearningRate by 10, or use -Optimizer Adam; check that the weights have no NaN and that pixels and preprocessing belong to the backbone. Without a checkpoint the model in memory is no longer of use.",
        "LearningRate");
}
