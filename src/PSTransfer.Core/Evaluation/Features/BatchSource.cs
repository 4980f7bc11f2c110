using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using TorchSharp;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>Where the passes over a set begin: at its pixels, or, where a cache has them, at features with the rest of the network to run.</summary>
internal sealed class BatchSource(TransferNetwork network, LabeledImages images, int batchSize, FeatureCache? cache = null, bool channelsLast = false)
{
    private readonly BatchLoader _loader = new(images, batchSize, network.Device, channelsLast);

    /// <summary>Whether batches hold features, of augmented images where the run augments.</summary>
    public bool HasFeatures => cache is not null;

    /// <summary>Batches of pixels or features, in the order given.</summary>
    /// <param name="order">The images.</param>
    /// <param name="token">Checked at each batch.</param>
    /// <param name="epoch">Whose augmentations, where several are kept.</param>
    public IEnumerable<Batch> Read(IEnumerable<int> order, CancellationToken token, int epoch = 1) =>
        cache is null ? _loader.Read(order, token) : _loader.Read(order, indices => cache.Read(indices, epoch), token);

    /// <summary>So many batches of shuffled passes over the data; each (seed, epoch, pass) has its own order.</summary>
    public IEnumerable<Batch> ReadShuffled(int seed, int epoch, int steps, CancellationToken token)
    {
        for (var (pass, left) = (0, steps); left > 0; pass++)
        {
            var shuffle = SeededRandom.For(seed, epoch, pass).Next();
            var order = BatchLoader.Order(images.Count, shuffle, epoch);

            // No more than is taken: what is read ahead of the last step would be read for nothing.
            var taken = (long)left * batchSize;
            foreach (var batch in Read(taken < order.Length ? order[..(int)taken] : order, token, epoch))
            {
                yield return batch;
                left--;
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
