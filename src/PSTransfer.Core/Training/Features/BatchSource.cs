using PSTransfer.Core.Data;
using PSTransfer.Core.Layers;
using PSTransfer.Core.Models;
using TorchSharp;

namespace PSTransfer.Core.Training.Features;

/// <summary>Where the passes over a set begin: at its pixels, or, where a cache has them, at features with the rest of the network to run.</summary>
internal sealed class BatchSource(TransferNetwork network, LabeledImages images, int batchSize, FeatureCache? cache = null)
{
    private readonly BatchLoader _loader = new(images, batchSize, network.Device);

    /// <summary>Batches of pixels or features, in the order given.</summary>
    public IEnumerable<Batch> Read(IReadOnlyList<int> order, CancellationToken token) =>
        cache is null ? _loader.Read(order, token) : _loader.Read(order, cache.Read, token);

    /// <summary>Shuffled passes over the data without end; each (seed, epoch, pass) has its own order.</summary>
    public IEnumerable<Batch> ReadShuffled(int seed, int epoch, CancellationToken token)
    {
        for (var pass = 0; ; pass++)
        {
            var shuffle = SeededRandom.For(seed, epoch, pass).Next();
            foreach (var batch in Read(BatchLoader.Order(images.Count, shuffle, epoch), token))
            {
                yield return batch;
            }
        }
    }

    /// <summary>Runs a batch through what is left of the network. The caller owns the result.</summary>
    /// <param name="x">What a batch of <see cref="Read"/> holds.</param>
    /// <param name="pass">The learning phase and what may move in it.</param>
    /// <returns>Logits, N×ClassCount.</returns>
    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) =>
        cache is null ? network.Forward(x, pass) : network.ForwardFrom(x, cache.Prefix.Cut, pass);
}
