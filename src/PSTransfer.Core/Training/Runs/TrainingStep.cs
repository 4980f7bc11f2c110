using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Evaluation.Features;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Training.Guard;
using PSTransfer.Core.Training.Loss;
using TorchSharp;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Takes batches: forward, loss, gradients, and an update when enough of them have come.</summary>
internal sealed class TrainingStep(BatchSource source, LabeledImages images, TrainingLoss objective, StageState state, TrainingOptions options, torch.Device device)
{
    /// <summary>Takes a batch, and disposes it.</summary>
    /// <param name="batch">Of the source.</param>
    /// <param name="epoch">From 1 over the whole run.</param>
    /// <param name="step">From 0 in the epoch.</param>
    /// <param name="updates">An update follows.</param>
    /// <param name="rate">The learning rate of the update that the batch goes into.</param>
    /// <param name="metrics">Counts the batch.</param>
    /// <returns>The batch's mean loss, before the update.</returns>
    /// <exception cref="PSTransferException">The loss is no number.</exception>
    public double Take(Batch batch, int epoch, int step, bool updates, double rate, RunningMetrics metrics)
    {
        using var scope = torch.NewDisposeScope();
        using var owned = batch;
        using var random = new torch.Generator((ulong)SeededRandom.For(options.Seed, epoch, step).NextInt64(), device);
        var pixels = source.HasFeatures ? null : options.Augmentation?.Apply(batch.Input, options.Seed, options.DrawOf(epoch), [.. batch.Indices]);
        var mixup = Mixup.For(options.Augmentation, options.Seed, epoch, step);
        var x = pixels ?? batch.Input;
        var logits = source.Forward(mixup?.Images(x) ?? x, ForwardPass.Fit(random, options.Precision)).In(Precision.Float32);
        var loss = mixup?.Loss(batch.Labels, labels => objective.Mean(logits, labels)) ?? objective.Mean(logits, batch.Labels);
        var value = metrics.Add(loss, objective.Predict(logits), batch.Labels);
        if (!double.IsFinite(value))
        {
            throw Divergence.Of(epoch, step, value, rate, options.CheckpointPath);
        }

        if (options.AccumulationSteps == 1)
        {
            state.Optimizer.Step(loss, rate);
            state.Updated();
            return value;
        }

        state.Optimizer.Accumulate(loss, objective.Weight(batch.Indices.Select(images.LabelOf)));
        if (updates)
        {
            state.Optimizer.StepAccumulated(rate);
            state.Updated();
        }

        return value;
    }
}
