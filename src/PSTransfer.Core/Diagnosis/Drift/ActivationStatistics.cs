using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using static TorchSharp.torch;

namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>Computes exact statistics of the input of BatchNorm layers in the inference phase, independent of the batch size.</summary>
internal sealed class ActivationStatistics
{
    private readonly TransferNetwork _network;
    private readonly BatchLoader _loader;
    private readonly int[][] _batches;
    private readonly long _keptBytes;

    /// <param name="network">The model; it needs no head.</param>
    /// <param name="data">Images of the model's shape, or without a shape yet.</param>
    /// <param name="order">The indices of the images, in order.</param>
    /// <param name="batchSize">Images in a batch.</param>
    /// <param name="keptBytes">How many bytes of activations <see cref="Sequential"/> keeps between layers; the rest is computed
    /// again.</param>
    public ActivationStatistics(
        TransferNetwork network, LabeledImages data, IReadOnlyList<int> order, int batchSize, long keptBytes = 1L << 30)
    {
        (_network, _keptBytes) = (network, keptBytes);
        _loader = new BatchLoader(network.Bind(data), batchSize, network.Device);
        _batches = [.. order.Chunk(batchSize)];
        Layers = [.. network.Backbone.ByExecution.OfType<BatchNorm>()];
        foreach (var layer in Layers)
        {
            var map = network.Backbone.InputShapeOf(layer);
            if ((long)order.Count * map.Height * map.Width < 2)
            {
                throw new PSTransferException(
                    FaultKind.InvalidArgument,
                    $"{layer.Name} would take statistics over {order.Count} values: "
                    + $"its map is 1×1 at input {network.InputShape} and there are {order.Count} images. Give -Dataset more images.",
                    "Dataset");
            }
        }
    }

    /// <summary>The BatchNorm layers in the order in which they run.</summary>
    public IReadOnlyList<BatchNorm> Layers { get; }

    /// <summary>Computes the statistics of every layer in the unchanged model, in one pass over the images.</summary>
    /// <param name="report">Called with the share that is done, 0 to 1.</param>
    /// <param name="token">Checked at each batch.</param>
    public IReadOnlyList<ChannelStatistics> OnePass(Action<double>? report, CancellationToken token)
    {
        using var noGradient = no_grad();
        var moments = Layers.Select(layer => new PooledMoments(layer.Channels)).ToList();
        for (var i = 0; i < _batches.Length; i++)
        {
            report?.Invoke((double)i / _batches.Length);
            using var run = Start(i, token);
            foreach (var (layer, moment) in Layers.Zip(moments))
            {
                moment.Add(run.AdvanceTo(layer, ForwardPass.Inference));
            }
        }

        return [.. Layers.Zip(moments, (layer, moment) => Finite(layer, moment.Result))];
    }

    /// <summary>
    /// Computes the statistics of one layer after the other. Later layers see the changes that <paramref name="found"/> makes to a layer.
    /// All images reach a layer before any goes on. A batch halted there is kept if there is room; otherwise it starts again from its
    /// images. With room for all, the cost is one pass; with none, one pass per layer up to that layer.
    /// </summary>
    /// <param name="layers">Some of <see cref="Layers"/>, in their order.</param>
    /// <param name="found">Called with each layer and its statistics.</param>
    /// <param name="token">Checked at each batch.</param>
    public void Sequential(IEnumerable<BatchNorm> layers, Action<BatchNorm, ChannelStatistics> found, CancellationToken token)
    {
        using var noGradient = no_grad();
        var halted = new GraphRun?[_batches.Length];
        try
        {
            foreach (var layer in layers)
            {
                var moments = new PooledMoments(layer.Channels);
                var kept = 0L;
                for (var i = 0; i < halted.Length; i++)
                {
                    token.ThrowIfCancellationRequested();
                    var run = halted[i] ??= Start(i, token);
                    moments.Add(run.AdvanceTo(layer, ForwardPass.Inference));
                    if (kept + run.Bytes > _keptBytes)
                    {
                        run.Dispose();
                        halted[i] = null;
                    }
                    else
                    {
                        kept += run.Bytes;
                    }
                }

                found(layer, Finite(layer, moments.Result));
            }
        }
        finally
        {
            foreach (var run in halted)
            {
                run?.Dispose();
            }
        }
    }

    private GraphRun Start(int index, CancellationToken token)
    {
        using var batch = _loader.Read(_batches[index], token).Single();
        return _network.StartFeatures(batch.Input);
    }

    private ChannelStatistics Finite(BatchNorm layer, ChannelStatistics statistics) =>
        statistics.IsFinite ? statistics : throw new PSTransferException(
        FaultKind.Diverged,
        $"What enters {layer.Name} of {_network.Name} holds NaN, infinity or numbers too large for float32, so it has no statistics: "
        + "the weights before it are broken, or training diverged. Begin again from sound weights with a lower -LearningRate.",
        layer.Name);
}
