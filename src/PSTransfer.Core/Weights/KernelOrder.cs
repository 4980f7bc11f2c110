using System.Runtime.CompilerServices;

namespace PSTransfer.Core.Weights;

/// <summary>Brings Keras' kernels into PyTorch's order of dimensions.</summary>
internal static class KernelOrder
{
    // 16 floats are a line of the processor's cache; a tile of them lies in its first level.
    private const int TileOutputs = 16;
    private const int TileWidth = 256;

    /// <summary>
    /// Pixels × inputs × outputs become outputs × inputs × pixels. Tile by tile, since a plain copy with strides, libtorch's too, waits for
    /// memory at nearly each number and takes twice as long.
    /// </summary>
    /// <param name="keras">As stored: height × width × in × out; 1 pixel for dense weights, 1 input for depthwise kernels.</param>
    /// <param name="ours">Of the same length.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // A file is read once: there is no time to warm up.
    public static void Turn(ReadOnlySpan<float> keras, Span<float> ours, int pixels, int inputs, int outputs)
    {
        var tileInputs = Math.Clamp(TileWidth / pixels, 1, inputs);

        // A line more than needed: rows whose distance is a power of two would fight for the same places in the cache.
        var pitch = (tileInputs * pixels) + TileOutputs;
        Span<float> tile = new float[TileOutputs * pitch];
        for (var input = 0; input < inputs; input += tileInputs)
        {
            var width = Math.Min(tileInputs, inputs - input) * pixels;
            for (var output = 0; output < outputs; output += TileOutputs)
            {
                var height = Math.Min(TileOutputs, outputs - output);
                for (var pixel = 0; pixel < pixels; pixel++)
                {
                    var from = (((pixel * inputs) + input) * outputs) + output;
                    for (var column = pixel; column < width; column += pixels, from += outputs)
                    {
                        var row = keras.Slice(from, height);
                        for (int o = 0, at = column; o < row.Length; o++, at += pitch)
                        {
                            tile[at] = row[o];
                        }
                    }
                }

                for (var o = 0; o < height; o++)
                {
                    tile.Slice(o * pitch, width).CopyTo(ours[((((output + o) * inputs) + input) * pixels)..]);
                }
            }
        }
    }
}
