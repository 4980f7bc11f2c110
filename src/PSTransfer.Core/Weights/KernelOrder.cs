using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PSTransfer.Core.Weights;

/// <summary>Brings Keras' kernels into PyTorch's order of dimensions.</summary>
internal static class KernelOrder
{
    // 16 floats fill one line of the processor's cache. A tile of such lines fits into the first-level cache.
    private const int TileOutputs = 16;
    private const int TileWidth = 256;

    /// <summary>
    /// Turns pixels × inputs × outputs into outputs × inputs × pixels, tile by tile. A plain strided copy, as in libtorch, waits for
    /// memory at nearly each number and takes twice as long. The check for finite numbers runs here because the numbers are in the cache.
    /// </summary>
    /// <param name="keras">The stored numbers: height × width × in × out; 1 pixel for dense weights, 1 input for depthwise
    /// kernels.</param>
    /// <param name="ours">Receives the turned numbers; of the same length.</param>
    /// <returns>Whether all numbers are finite.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // A file is read once: there is no time to warm up.
    public static bool Turn(ReadOnlySpan<float> keras, Span<float> ours, int pixels, int inputs, int outputs)
    {
        var finite = true;
        var tileInputs = Math.Clamp(TileWidth / pixels, 1, inputs);

        // One line more than needed: rows at a distance of a power of two would compete for the same places in the cache.
        var pitch = (tileInputs * pixels) + TileOutputs;
        Span<float> tile = new float[TileOutputs * pitch];

        // The positions at which the numbers of each column begin. Four columns are filled at a time, so there are unused ones beyond the
        // last.
        Span<int> columns = new int[pitch];
        for (var input = 0; input < inputs; input += tileInputs)
        {
            var width = Math.Min(tileInputs, inputs - input) * pixels;
            for (var column = 0; column < width; column++)
            {
                columns[column] = ((column % pixels * inputs) + input + (column / pixels)) * outputs;
            }

            columns[width..].Fill(columns[0]);
            for (var output = 0; output < outputs; output += TileOutputs)
            {
                var height = Math.Min(TileOutputs, outputs - output);
                for (var column = 0; column < width; column += 4)
                {
                    var a = keras.Slice(columns[column] + output, height);
                    var b = keras.Slice(columns[column + 1] + output, height);
                    var c = keras.Slice(columns[column + 2] + output, height);
                    var d = keras.Slice(columns[column + 3] + output, height);
                    for (int o = 0, at = column; o < a.Length; o++, at += pitch)
                    {
                        Vector128.Create(a[o], b[o], c[o], d[o]).CopyTo(tile[at..]);
                    }
                }

                for (var o = 0; o < height; o++)
                {
                    var row = tile.Slice(o * pitch, width);
                    finite &= FiniteNumbers.All(row);
                    row.CopyTo(ours[((((output + o) * inputs) + input) * pixels)..]);
                }
            }
        }

        return finite;
    }
}
