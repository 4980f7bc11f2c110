using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using TorchSharp;

namespace PSTransfer.Core.Reports;

/// <summary>The class that each image is taken for, and how sure of it the model is.</summary>
internal sealed record PhaseAnswers(int[] Labels, float[] Probabilities)
{
    /// <summary>Images shown at most.</summary>
    public const int MaxExamples = 24;

    /// <summary>Compares the training phase, without dropout and in batches of a seeded shuffle, with the inference phase.</summary>
    public static ClassChanges Compare(TransferNetwork network, LabeledImages data, int batchSize, int seed, CancellationToken token)
    {
        data = network.Bind(data);
        var training = Run(network, data, batchSize, isTraining: true, seed, token);
        var inference = Run(network, data, batchSize, isTraining: false, seed, token);
        int[] changed = [.. Enumerable.Range(0, data.Count).Where(image => training.Labels[image] != inference.Labels[image])];
        var shown = Math.Min(changed.Length, MaxExamples);
        return new ClassChanges(changed.Length, data.Count, [.. Enumerable.Range(0, shown).Select(i => Example(changed[(int)((long)i * changed.Length / shown)]))]);

        ClassChange Example(int image) => new(
            image,
            data.PathOf(image),
            data.Classes[data.LabelOf(image)],
            data.Classes[training.Labels[image]],
            training.Probabilities[image],
            data.Classes[inference.Labels[image]],
            inference.Probabilities[image],
            Thumbnail.Of(data, image));
    }

    private static PhaseAnswers Run(TransferNetwork network, LabeledImages data, int batchSize, bool isTraining, int seed, CancellationToken token)
    {
        var objective = Objective.For(network, data);
        var answers = new PhaseAnswers(new int[data.Count], new float[data.Count]);
        new Evaluator(network, batchSize).Run(data, isTraining, dropout: false, seed, Keep, token);
        return answers;

        void Keep(Batch batch, torch.Tensor logits, torch.Tensor predictions)
        {
            using var probabilities = objective.Probabilities(logits);
            using var highest = probabilities.amax([1]);
            using var sure = highest.cpu();
            using var taken = predictions.cpu();
            for (var i = 0; i < batch.Count; i++)
            {
                answers.Labels[batch.Indices[i]] = (int)taken.data<long>()[i];
                answers.Probabilities[batch.Indices[i]] = sure.data<float>()[i];
            }
        }
    }
}
