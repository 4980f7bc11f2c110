using System.Runtime.CompilerServices;
using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation.Features;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using TorchSharp;

namespace PSTransfer.Core.Evaluation;

/// <summary>Runs images through a model at fixed weights. No phase takes a gradient or changes anything in the model.</summary>
internal sealed class Evaluator(TransferNetwork network, int batchSize)
{
    /// <summary>
    /// Evaluates by the name of a phase, as users do. Dynamic is the inference phase, as in every framework's evaluation.
    /// </summary>
    /// <param name="data">Images of the model's shape or of none yet.</param>
    /// <param name="phase">The phase. In the training phase dropout acts.</param>
    /// <param name="seed">Seed of the shuffle and of dropout.</param>
    /// <param name="keep">What is kept of the probabilities.</param>
    /// <param name="token">Checked at each batch.</param>
    public Answers Run(
        LabeledImages data,
        LearningPhase phase,
        int seed,
        KeptProbabilities keep = KeptProbabilities.None,
        CancellationToken token = default)
    {
        var isTraining = phase == LearningPhase.Training;
        return Run(data, isTraining, dropout: isTraining, seed, keep, token);
    }

    /// <summary>Evaluates with the phase set by hand, batches in a seeded shuffle, or in the images' own order without a seed.</summary>
    /// <param name="data">Images of the model's shape or of none yet.</param>
    /// <param name="isTraining">The training phase (1) rather than the inference phase (0).</param>
    /// <param name="dropout">Dropout layers act; masks come from the seed.</param>
    /// <param name="seed">Seed of the shuffle: batches sorted by class would change batch statistics.</param>
    /// <param name="keep">What is kept of the probabilities.</param>
    /// <param name="token">Checked at each batch.</param>
    public Answers Run(
        LabeledImages data,
        bool isTraining,
        bool dropout,
        int? seed,
        KeptProbabilities keep = KeptProbabilities.None,
        CancellationToken token = default) =>
        Run(data = network.Bind(data), new BatchSource(network, data, batchSize), isTraining, dropout, seed, keep, token);

    /// <summary>Evaluates from a source that may have the images' features already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as Trainer.Fit
    internal Answers Run(
        LabeledImages data,
        BatchSource source,
        bool isTraining,
        bool dropout,
        int? seed,
        KeptProbabilities keep,
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
        var columns = keep switch { KeptProbabilities.All => data.Classes.Count, KeptProbabilities.Highest => 1, _ => 0 };
        PSTransferException.Require(
            (long)order.Length * columns <= Array.MaxLength,
            "Dataset",
            $"is too large: {order.Length} images of {columns} classes have more than {Array.MaxLength:N0} probabilities to keep");
        var (labels, predicted, losses) = (new int[order.Length], new int[order.Length], new float[order.Length]);
        var probabilities = new float[order.Length * columns];
        var lossSum = 0.0;
        using var noGradient = torch.no_grad();
        foreach (var batch in source.Read(order, token))
        {
            using (batch)
            using (var logits = source.Forward(batch.Input, pass))
            {
                lossSum += Keep(batch, logits);
            }
        }

        return new Answers(labels, predicted, losses, probabilities, lossSum);

        // Copies a batch's answers to where its images stand in the set, and gives the batch's share of the sum of the loss.
        double Keep(Batch batch, torch.Tensor logits)
        {
            var (mean, each) = objective.Losses(logits, batch.Labels);
            using var _ = mean;
            using var __ = each;
            using var classes = objective.Predict(logits);
            using var kept = columns == 0 ? null : objective.Probabilities(logits);
            using var highest = keep == KeptProbabilities.Highest ? kept!.amax([1]) : null;
            var lossValues = ToArray<float>(each);
            var classValues = ToArray<long>(classes);
            var probabilityValues = columns == 0 ? [] : ToArray<float>(highest ?? kept!);
            for (var i = 0; i < batch.Count; i++)
            {
                var image = batch.Indices[i];
                (labels[image], predicted[image], losses[image]) = (data.LabelOf(image), (int)classValues[i], lossValues[i]);
                probabilityValues.AsSpan(i * columns, columns).CopyTo(probabilities.AsSpan(image * columns, columns));
            }

            return (double)mean.item<float>() * batch.Count;
        }
    }

    private static T[] ToArray<T>(torch.Tensor values)
        where T : unmanaged
    {
        using var onHost = values.cpu();
        return onHost.data<T>().ToArray();
    }
}
