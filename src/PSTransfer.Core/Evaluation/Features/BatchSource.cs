using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using TorchSharp;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>
/// Reads the batches of a set for passes over it. Batches hold pixels or, if a cache has them, features, and only the rest of the network
/// runs.
/// </summary>
internal sealed class BatchSource(
    TransferNetwork network, LabeledImages images, int batchSize, FeatureCache? cache = null, bool channelsLast = false)
{
    private readonly BatchLoader _loader = new(images, batchSize, network.Device, channelsLast);

    /// <summary>Whether batches hold features; if the run augments, those of augmented images.</summary>
    public bool HasFeatures => cache is not null;

    /// <summary>Reads batches of pixels or features, in the given order.</summary>
    /// <param name="order">The images to read, in order.</param>
    /// <param name="token">Checked at each batch.</param>
    /// <param name="epoch">The epoch whose augmentations are read, if several are kept.</param>
    public IEnumerable<Batch> Read(IEnumerable<int> order, CancellationToken token, int epoch = 1) =>
        cache is null ? _loader.Read(order, token) : _loader.Read(order, indices => cache.Read(indices, epoch), token);

    /// <summary>Reads a number of batches from shuffled passes over the data. Each (seed, epoch, pass) has its own order.</summary>
    public IEnumerable<Batch> ReadShuffled(int seed, int epoch, int steps, CancellationToken token)
    {
        for (var (pass, left) = (0, steps); left > 0; pass++)
        {
            var shuffle = SeededRandom.For(seed, epoch, pass).Next();
            var order = BatchLoader.Order(images.Count, shuffle, epoch);

            // Take no more than needed: a batch read ahead beyond the last step would be wasted.
            var taken = (long)left * batchSize;
            foreach (var batch in Read(taken < order.Length ? order[..(int)taken] : order, token, epoch))
            {
                yield return batch;
                left--;
            }
        }
    }

    /// <summary>Runs a batch through the layers that are left of the network. The caller owns the result.</summary>
    /// <param name="x">A batch's input as <see cref="Read"/> yields it.</param>
    /// <param name="pass">The learning phase and the tensors that may change in it.</param>
    /// <returns>Logits, N×ClassCount.</returns>
    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) =>
        cache is null ? network.Forward(x, pass) : network.ForwardFrom(x, cache.Prefix.Cut, pass);
}
