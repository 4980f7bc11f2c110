using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Native;
using PSTransfer.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Batches;

/// <summary>Reads a data set batch by batch. Images stay bytes until they are on the device.</summary>
public sealed class BatchLoader
{
    private readonly LabeledImages _data;
    private readonly int _batchSize;
    private readonly Device _device;
    private readonly bool _channelsLast;

    /// <param name="data">Images with a shape (see <see cref="LabeledImages.ForShape"/>).</param>
    /// <param name="batchSize">Images per batch, at least 1.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <param name="channelsLast">Whether a pixel's channels lie side by side, as a step of fit and a prediction compute (see
    /// <see cref="MemoryOrder"/>).</param>
    /// <exception cref="PSTransferException">A batch size below 1, or images without a shape.</exception>
    public BatchLoader(LabeledImages data, int batchSize, Device device, bool channelsLast = false)
    {
        LibTorch.EnsureLoaded();
        PSTransferException.Require(batchSize >= 1, "BatchSize", $"must be at least 1, not {batchSize}");
        Shape = data.RequirePixels().Shape;
        (_data, _batchSize, _device, _channelsLast) = (data, batchSize, device, channelsLast);
        double bytes = (double)Math.Min(batchSize, data.Count) * Shape.ByteCount;
        PSTransferException.Require(
            bytes <= Array.MaxLength,
            "BatchSize",
            $"is too large: {batchSize} images of {Shape} are {bytes:N0} bytes, and a batch has at most {Array.MaxLength:N0}");
        MachineMemory.Require(bytes * (sizeof(byte) + sizeof(float)), "BatchSize", $"a batch of {batchSize} images of {Shape}");
    }

    /// <summary>The shape of the images.</summary>
    public ImageShape Shape { get; }

    /// <summary>
    /// The numbers 0 to <paramref name="count"/> − 1: as they are without a seed, else in an order that depends on seed and epoch.
    /// </summary>
    public static int[] Order(int count, int? shuffleSeed, int epoch)
    {
        var order = Enumerable.Range(0, count).ToArray();
        if (shuffleSeed is { } seed)
        {
            SeededRandom.For(seed, epoch).Shuffle(order);
        }

        return order;
    }

    /// <summary>Writes one image of a batch as H×W×C bytes.</summary>
    internal delegate void PixelReader(int index, Span<byte> destination);

    /// <summary>
    /// Reads images into one tensor, N×C×H×W, float32, 0 to 255. The caller owns the tensor, not a dispose scope around it.
    /// </summary>
    internal static Tensor Pixels(int count, ImageShape shape, Device device, PixelReader read, bool channelsLast = false)
    {
        using var bytes = empty(count, shape.Height, shape.Width, shape.Channels, dtype: uint8, device: CPU);
        var destination = bytes.bytes;
        for (var i = 0; i < count; i++)
        {
            read(i, destination.Slice(i * shape.ByteCount, shape.ByteCount));
        }

        return OnDevice(bytes, device, channelsLast);
    }

    /// <summary>
    /// The images in the given order, the last batch being smaller where the size doesn't divide them. Where reading one is more than a
    /// copy, other threads read the next ones meanwhile; that changes neither order nor bits. The tensors belong to the batch, not to a
    /// dispose scope around it.
    /// </summary>
    /// <exception cref="PSTransferException">An image can't be read; the message names its file.</exception>
    public IEnumerable<Batch> Read(IEnumerable<int> order, CancellationToken token) => _data.IsInMemory
        ? Read(
            order,
            indices => Pixels(indices.Count, Shape, _device, (i, destination) => _data.Read(indices[i], destination), _channelsLast),
            token)
        : ReadAhead.Read(order.Chunk(_batchSize), Shape, _data.Read, token).Select(batch =>
        {
            using var bytes = batch.Bytes;
            return Labeled(OnDevice(bytes, _device, _channelsLast), batch.Indices);
        });

    /// <summary>Reads batches through <paramref name="inputs"/>, which is given the images' indices, instead of from the pixels.</summary>
    internal IEnumerable<Batch> Read(IEnumerable<int> order, Func<IReadOnlyList<int>, Tensor> inputs, CancellationToken token)
    {
        foreach (var indices in order.Chunk(_batchSize))
        {
            token.ThrowIfCancellationRequested();
            yield return Labeled(inputs(indices), indices);
        }
    }

    /// <summary>
    /// Converts N×H×W×C bytes to N×C×H×W, float32, in one pass over the pixels. The caller owns the tensor, not a dispose scope around it.
    /// </summary>
    internal static Tensor OnDevice(Tensor bytes, Device device, bool channelsLast)
    {
        using var scope = NewDisposeScope();
        var view = bytes.to(device).permute(0, 3, 1, 2);

        // One channel has one order only. Its strides would claim the other, and libtorch would choose another convolution by them.
        var result = channelsLast && view.shape[1] > 1 ? view.to(float32) : empty(view.shape, dtype: float32, device: device).copy_(view);
        return result.DetachFromDisposeScope();
    }

    private Batch Labeled(Tensor inputs, int[] indices)
    {
        YoungGarbage.Limit();
        var labels = tensor(Array.ConvertAll(indices, index => (long)_data.LabelOf(index)), device: _device);
        return new Batch(inputs, labels.DetachFromDisposeScope(), indices);
    }
}
