using System.Runtime.CompilerServices;
using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation.Features;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using TorchSharp;

namespace PSTransfer.Core.Evaluation;

/// <summary>Runs images through a model at fixed weights: no gradient, nothing moves, whatever the phase.</summary>
internal sealed class Evaluator(TransferNetwork network, int batchSize)
{
    /// <summary>Loss and accuracy over the images, batches in a seeded shuffle, or in their own order without a seed.</summary>
    /// <param name="data">Images of the model's shape or of none yet.</param>
    /// <param name="isTraining">The training phase (1) rather than the inference phase (0).</param>
    /// <param name="dropout">Dropout layers act; masks come from the seed.</param>
    /// <param name="seed">Of the shuffle: batches sorted by class would change batch statistics.</param>
    /// <param name="onBatch">Told each batch's images and labels (N), its logits (N×ClassCount) and predicted labels (N).</param>
    /// <param name="token">Checked at each batch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as Trainer.Fit
    public PhaseMetrics Run(
        LabeledImages data,
        bool isTraining,
        bool dropout,
        int? seed,
        Action<Batch, torch.Tensor, torch.Tensor>? onBatch = null,
        CancellationToken token = default) =>
        Run(data = network.Bind(data), new BatchSource(network, data, batchSize), isTraining, dropout, seed, onBatch, token);

    /// <summary>The same from a source that may have the features of the images' already.</summary>
    internal PhaseMetrics Run(
        LabeledImages data,
        BatchSource source,
        bool isTraining,
        bool dropout,
        int? seed,
        Action<Batch, torch.Tensor, torch.Tensor>? onBatch,
        CancellationToken token)
    {
        network.RequireMemory(Math.Min(batchSize, data.Count));
        var objective = Objective.For(network, data);
        var order = BatchLoader.Order(data.Count, seed, epoch: 0);
        if (isTraining)
        {
            BatchStatisticsCheck.Require(network, order.Length, batchSize);
        }

        using var random = dropout ? new torch.Generator((ulong)(uint)(seed ?? 0), network.Device) : null;
        var pass = isTraining ? ForwardPass.Training(random) : ForwardPass.Inference;
        var metrics = new RunningMetrics();
        using var noGradient = torch.no_grad();
        foreach (var batch in source.Read(order, token))
        {
            using (batch)
            using (var logits = source.Forward(batch.Input, pass))
            using (var loss = objective.Loss(logits, batch.Labels))
            using (var predictions = objective.Predict(logits))
            {
                metrics.Add(loss, predictions, batch.Labels);
                onBatch?.Invoke(batch, logits, predictions);
            }
        }

        return metrics.Mean;
    }
}
