using System.Diagnostics;
using PSTransfer.Core.Data;
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
    /// <exception cref="PSTransferException">Settings, model and data don't fit each other, or the loss left the range of float32.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; checked before each step.</exception>
    public TrainingResult Fit(LabeledImages data, LabeledImages? validation, CancellationToken token)
    {
        options.Validate(validation is not null);
        var objective = Objective.For(network, data, options.Loss);
        var images = data.ForShape(network.InputShape, network.Spec.Resize);
        CheckValidation(data, validation);
        var steps = options.StepsPerEpoch ?? ((images.Count + options.BatchSize - 1) / options.BatchSize);

        // Whatever refuses the run comes before anything that changes the model.
        using var optimizer = new RunOptimizer(network, options);
        var history = Checkpoint.Resume(network, data.Classes, optimizer, options, steps);
        TrainingAdvice.Give(network, options, images.Count, steps, warn ?? (_ => { }));
        network.Classes = data.Classes;
        var loader = new BatchLoader(images, options.BatchSize, network.Device);
        var evaluator = new Evaluator(network, options.BatchSize);
        var watch = Stopwatch.StartNew();
        var done = history.Count;
        while (history.Count < options.Epochs && !StopsEarly(history))
        {
            var started = watch.Elapsed;
            var epoch = history.Count + 1;
            var metrics = RunEpoch(epoch, steps, done, loader, images.Count, objective, optimizer, watch, token);
            var after = validation is null ? null : evaluator.Run(validation, isTraining: false, dropout: false, seed: null, token: token);
            var record = new EpochRecord(
                epoch, steps, metrics.Loss, metrics.Accuracy, after?.Loss, after?.Accuracy,
                Rate(epoch * steps - 1, steps), (watch.Elapsed - started).TotalSeconds);
            history.Add(record);
            network.History = [.. network.History, record];
            Checkpoint.Save(network, optimizer, options, history);
            epochDone?.Invoke(record);
        }

        var seconds = watch.Elapsed.TotalSeconds;
        var trained = history.Skip(done).Sum(epoch => epoch.Steps) * (double)images.Count / ((images.Count + options.BatchSize - 1) / options.BatchSize);
        return new TrainingResult(
            history,
            history.Count < options.Epochs ? StopReason.EarlyStopping : StopReason.Completed,
            history.MinBy(Watched)!.Epoch,
            seconds,
            trained / seconds);
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

    private PhaseMetrics RunEpoch(
        int epoch, int steps, int resumedEpochs, BatchLoader loader, int imageCount, Objective objective, RunOptimizer optimizer, Stopwatch watch, CancellationToken token)
    {
        var metrics = new RunningMetrics();
        var step = 0;
        foreach (var batch in Batches(loader, imageCount, epoch, token).Take(steps))
        {
            using var scope = torch.NewDisposeScope();
            using (batch)
            {
                using var random = new torch.Generator((ulong)SeededRandom.For(options.Seed, epoch, step).NextInt64(), network.Device);
                var pixels = options.Augmentation?.Apply(batch.Images, options.Seed, epoch, [.. batch.Indices]) ?? batch.Images;
                var logits = network.Forward(pixels, ForwardPass.Fit(random));
                var loss = objective.Loss(logits, batch.Labels);
                var value = metrics.Add(loss, objective.Predict(logits), batch.Labels);
                if (!double.IsFinite(value))
                {
                    throw Diverged(epoch, step, steps, value);
                }

                optimizer.Step(loss, Rate(((epoch - 1) * steps) + step, steps));
            }

            step++;
            var taken = ((epoch - 1 - resumedEpochs) * steps) + step;
            var left = ((options.Epochs - resumedEpochs) * steps) - taken;
            var mean = metrics.Mean;
            report?.Invoke(new TrainingProgress(epoch, options.Epochs, step, steps, mean.Loss, mean.Accuracy, watch.Elapsed.TotalSeconds / taken * left));
        }

        return metrics.Mean;
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

    private double Rate(int step, int stepsPerEpoch) =>
        LearningRateSchedule.RateAt(options.Schedule, options.Rate, step, options.Epochs * stepsPerEpoch);

    private static double Watched(EpochRecord epoch) => epoch.ValidationLoss ?? epoch.Loss;

    private bool StopsEarly(List<EpochRecord> history) =>
        options.EarlyStopping is { } patience
        && history.Count > 0
        && history.Count - history.MinBy(Watched)!.Epoch >= patience;

    private PSTransferException Diverged(int epoch, int step, int stepsPerEpoch, double loss) => new(
        FaultKind.Diverged,
        $"The loss became {loss} in epoch {epoch}, step {step + 1}, at learning rate {Rate(((epoch - 1) * stepsPerEpoch) + step, stepsPerEpoch):g3}. Lower -LearningRate by 10, or use -Optimizer Adam; check that the weights have no NaN and that pixels and preprocessing belong to the backbone. Without a checkpoint the model in memory is no longer of use.",
        "LearningRate");
}
