using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// One image's values from 0 to 255, channel after channel, to be changed in place. Plain loops over the values give the same bits for
/// every batch and number of threads.
/// </summary>
internal readonly ref struct Planes(Span<float> values, int channels, int height, int width)
{
    public delegate void Edit(int i, Planes planes);

    public Span<float> Values { get; } = values;

    public int Channels => channels;

    public int Height => height;

    public int Width => width;

    /// <summary>The values of one channel, row after row.</summary>
    public Span<float> this[int channel] => Values.Slice(channel * height * width, height * width);

    /// <summary>Changes each image of a contiguous N×C×H×W float32 batch in place, on any device.</summary>
    public static void EditEach(Tensor batch, Edit edit)
    {
        using var scope = NewDisposeScope();
        var here = batch.cpu();
        for (var i = 0; i < batch.shape[0]; i++)
        {
            using var image = here[i];
            edit(
                i, new Planes(MemoryMarshal.Cast<byte, float>(image.bytes), (int)image.shape[0], (int)image.shape[1], (int)image.shape[2]));
        }

        if (batch.device_type != DeviceType.CPU)
        {
            batch.copy_(here);
        }
    }

    /// <summary>Limits all values to the range of pixels, 0 to 255.</summary>
    public void Clamp()
    {
        foreach (ref var value in Values)
        {
            value = Math.Clamp(value, 0, 255);
        }
    }
}
