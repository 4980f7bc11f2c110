using PSTransfer.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Batches;

/// <summary>
/// Reads the images of batches before they are asked for, several at a time on threads of the pool, each straight into its place in its
/// batch's memory: neither order nor bits depend on which is ready first.
/// </summary>
internal static class ReadAhead
{
    /// <summary>Batches are begun until there are this many images, and always one beyond the batch that is asked for.</summary>
    private const int Images = 64;

    /// <summary>
    /// Images that are read at once: one to a processor, and two where there is one, since a file is waited for before it is decoded.
    /// </summary>
    private static readonly int _threads = Math.Max(2, Environment.ProcessorCount);

    /// <summary>
    /// Reads batches in order. Where the enumeration ends, finished or not, what was begun ends too before anyone goes on.
    /// </summary>
    /// <param name="batches">The indices of each batch's images.</param>
    /// <param name="shape">Of the images.</param>
    /// <param name="read">Writes the image with an index; called from several threads at once.</param>
    /// <param name="token">Checked at each image.</param>
    /// <returns>The indices, and N×H×W×C, uint8, on the CPU. The caller owns the tensors, not a dispose scope around it.</returns>
    /// <exception cref="PSTransferException">What <paramref name="read"/> throws, of the first image in order that has something, when its
    /// batch is asked for.</exception>
    public static IEnumerable<(int[] Indices, Tensor Bytes)> Read(
        IEnumerable<int[]> batches, ImageShape shape, BatchLoader.PixelReader read, CancellationToken token)
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, _threads).ConcurrentScheduler;
        using var ended = new CancellationTokenSource();
        var begun = new Queue<(int[] Indices, Tensor Bytes, Task[] Images)>();
        try
        {
            foreach (var indices in batches)
            {
                token.ThrowIfCancellationRequested();
                begun.Enqueue(Begin(indices));
                while (begun.Count > 1 && begun.Sum(batch => batch.Indices.Length) >= Images)
                {
                    yield return Finish();
                }
            }

            while (begun.Count > 0)
            {
                yield return Finish();
            }
        }
        finally
        {
            ended.Cancel();
            foreach (var (_, bytes, images) in begun)
            {
                // Its memory is written to until then. Nobody asked for these images, so nobody wants to know of their errors.
                Task.WhenAll(images).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
                bytes.Dispose();
            }
        }

        (int[] Indices, Tensor Bytes, Task[] Images) Begin(int[] indices)
        {
            var bytes = empty(indices.Length, shape.Height, shape.Width, shape.Channels, dtype: uint8, device: CPU)
                .DetachFromDisposeScope();
            var images = indices.Select((index, i) => Task.Factory.StartNew(
                () =>
                {
                    read(index, bytes.bytes.Slice(i * shape.ByteCount, shape.ByteCount));
                    GC.KeepAlive(bytes);
                },
                ended.Token,
                TaskCreationOptions.None,
                scheduler)).ToArray();
            return (indices, bytes, images);
        }

        (int[] Indices, Tensor Bytes) Finish()
        {
            var (indices, bytes, images) = begun.Peek();
            foreach (var image in images)
            {
                token.ThrowIfCancellationRequested();
                image.GetAwaiter().GetResult();
            }

            begun.Dequeue();
            return (indices, bytes);
        }
    }
}
