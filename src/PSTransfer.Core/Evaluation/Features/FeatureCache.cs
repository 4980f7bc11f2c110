using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;
using PSTransfer.Core.Native;
using PSTransfer.Core.Text;
using TorchSharp;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>
/// Keeps the features at the end of a fixed prefix, computed once. It holds those of all images of a set, or of several augmentations of
/// each.
/// </summary>
internal sealed class FeatureCache : IDisposable
{
    private readonly FeatureStore _store;
    private readonly int _images;
    private readonly int _batchSize;
    private readonly int _draws;

    private FeatureCache(FixedPrefix prefix, FeatureStore store, LabeledImages images, int draws, string description) =>
        (Prefix, _store, _images, _batchSize, _draws, Description) = (prefix, store, images.Count, BatchSize(images), draws, description);

    /// <summary>The layers that needn't run any more.</summary>
    public FixedPrefix Prefix { get; }

    /// <summary>What is kept, and where, in words for the user.</summary>
    public string Description { get; }

    /// <summary>Runs the prefix over all images, or reads the features that an earlier run wrote.</summary>
    /// <param name="network">The network.</param>
    /// <param name="prefix">The network's fixed prefix.</param>
    /// <param name="images">Images of the network's shape.</param>
    /// <param name="draws">The augmentations of the images; null for the images as they are.</param>
    /// <param name="plan">Where the features are kept.</param>
    /// <param name="report">Called with the current step and the share that is done, 0 to 1.</param>
    /// <param name="warn">Called about a damaged file that is replaced, and about features that can't be written.</param>
    /// <param name="token">Checked at each batch.</param>
    /// <returns>The cache; null if there is no room for the features.</returns>
    public static FeatureCache? Make(
        TransferNetwork network,
        FixedPrefix prefix,
        LabeledImages images,
        AugmentedDraws? draws,
        FeatureCachePlan plan,
        Action<string, double>? report,
        Action<string> warn,
        CancellationToken token)
    {
        var rows = (long)images.Count * (draws?.Count ?? 1);
        var bytes = rows * prefix.OutputShape.Size * sizeof(float);
        var (store, place) = plan.Folder is { } folder ? InFolder(folder) : InNone();

        // Steps on features need little of the memory that whole networks left behind.
        HeapPolicy.Release();
        return store is null ? null : new FeatureCache(
            prefix,
            store,
            images,
            draws?.Count ?? 1,
            $"{(draws is null ? string.Empty : $"{draws.Count} draws of ")}{images.Count} "
            + $"images as far as {prefix.LastLayer}, {prefix.Share:0.0 %} of the network, "
            + $"{bytes / 1048576.0:0.0} MiB {place}");

        (FeatureStore? Store, string Place) InNone() =>
            bytes <= plan.MemoryBytes ? (InMemory(), "in memory") : (InTemporaryFile(), "in a temporary file");

        FileFeatures? InTemporaryFile()
        {
            try
            {
                plan.RequireRoom(bytes);
                return FileFeatures.WriteTemporary(plan.TemporaryFolder, Batches(), prefix.OutputShape, network.Device);
            }
            catch (PSTransferException fault) when (fault.Kind == FaultKind.WriteFailed)
            {
                warn(
                    $"The features of {images.Name} as far as {prefix.LastLayer} are computed at each epoch instead of once: "
                    + $"{fault.Message} {Option.Name("FeatureCache")} takes a folder on another disk.");
                return null;
            }
        }

        MemoryFeatures InMemory()
        {
            var kept = new MemoryFeatures((int)rows, prefix.OutputShape, network.Device);
            try
            {
                foreach (var batch in Batches())
                {
                    kept.Append(batch);
                }

                return kept;
            }
            catch
            {
                kept.Dispose();
                throw;
            }
        }

        (FeatureStore? Store, string Place) InFolder(string path)
        {
            var key = FeatureKey.Of(network, prefix, images, draws, report, token);
            var file = Path.Combine(path, $"{Convert.ToHexStringLower(key.AsSpan(0, 16))}.features");
            if (Found(damaged => warn($"{damaged.Message}. The cached features are computed anew and the file is replaced.")) is { } found)
            {
                return found;
            }

            try
            {
                return (FileFeatures.Write(file, key, Batches(), prefix.OutputShape, network.Device), $"in {file}");
            }
            catch (PSTransferException held) when (held.Kind == FaultKind.InUse && Found(_ => { }) is { } others)
            {
                // Another run has written the same features meanwhile, and reads them.
                return others;
            }
            catch (PSTransferException fault)
                when (fault.Kind is FaultKind.WriteFailed or FaultKind.InUse or FaultKind.NotFound && fault.Target == file)
            {
                // The folder was tried before the run, so a disk that fills up hours later doesn't end it.
                warn($"{Option.Name("FeatureCache")}: {fault.Message} The features are kept as with Auto.");
                return InNone();
            }

            (FeatureStore? Store, string Place)? Found(Action<PSTransferException> tell)
            {
                try
                {
                    return FileFeatures.Open(file, key, rows, prefix.OutputShape, network.Device, token) is { } store
                        ? (store, $"found in {file}")
                        : null;
                }
                catch (PSTransferException damaged) when (damaged.Kind == FaultKind.InvalidData)
                {
                    tell(damaged);
                    return null;
                }
            }
        }

        IEnumerable<torch.Tensor> Batches()
        {
            var done = 0;
            using var folded = new InferencePlan(network, prefix.Cut);
            foreach (var batch in new BatchLoader(images, BatchSize(images), network.Device, channelsLast: draws is null).Read(
                Enumerable.Range(0, images.Count), token))
            {
                using (batch)
                {
                    report?.Invoke($"features of {images.Name}", (double)done / images.Count);
                    for (var draw = 0; draw < (draws?.Count ?? 1); draw++)
                    {
                        using var pixels = draws?.Augmentation.Apply(batch.Input, draws.Seed, draw + 1, [.. batch.Indices]);
                        using var features = folded.Forward(pixels ?? batch.Input);
                        yield return features;
                    }

                    done += batch.Count;
                }
            }

            report?.Invoke($"features of {images.Name}", 1);
        }
    }

    /// <summary>
    /// Reads the features of some images, N rows in the given order. The caller owns them; a surrounding dispose scope doesn't.
    /// </summary>
    /// <param name="indices">The images.</param>
    /// <param name="epoch">The epoch, from 1. Each epoch has its own draw; after the last draw the first one follows again.</param>
    public torch.Tensor Read(IReadOnlyList<int> indices, int epoch) =>
        _store.Read([.. indices.Select(image => Row(image, (epoch - 1) % _draws))]);

    /// <summary>
    /// How many images are computed at once: 32 at 224×224, and more of smaller ones. A pass thus has enough work for each weight that it
    /// reads.
    /// </summary>
    public static int BatchSize(LabeledImages images) =>
        Math.Clamp(32 * 224 * 224 / (images.Shape!.Value.Height * images.Shape.Value.Width), 32, 256);

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    // Features were computed batch by batch, with all draws of a batch in a row, so that its images are decoded once.
    private int Row(int image, int draw)
    {
        var first = image - (image % _batchSize);
        return (first * _draws) + (draw * Math.Min(_batchSize, _images - first)) + image - first;
    }
}
