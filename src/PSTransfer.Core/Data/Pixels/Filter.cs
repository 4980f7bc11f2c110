namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// The weights of a bilinear resampling along one axis: each output pixel is a weighted sum of a run of input pixels.
/// Weights are fixed-point numbers with 22 bits after the point, and sums are rounded to bytes, which is what Pillow computes.
/// </summary>
internal sealed class Filter
{
    private const int FractionBits = 22;
    private readonly int[] _first;
    private readonly int[][] _weights;

    private Filter(int count)
    {
        _first = new int[count];
        _weights = new int[count][];
    }

    /// <summary>The number of output pixels.</summary>
    public int Count => _first.Length;

    /// <summary>
    /// Makes a filter with a triangle as wide as the reduction, so that every input pixel counts. Of the <paramref name="outputSize"/>
    /// pixels only <paramref name="count"/> from <paramref name="start"/> on are computed.
    /// </summary>
    /// <param name="inputSize">The number of input pixels.</param>
    /// <param name="extent">How many input pixels the output spans, at most all of them.</param>
    /// <param name="outputSize">The number of output pixels.</param>
    /// <param name="start">The first output pixel that is computed.</param>
    /// <param name="count">How many output pixels are computed.</param>
    public static Filter Antialiased(int inputSize, double extent, int outputSize, int start, int count)
    {
        var filter = new Filter(count);
        var scale = extent / outputSize;
        var support = Math.Max(scale, 1.0);
        for (var i = 0; i < count; i++)
        {
            var center = (start + i + 0.5) * scale;
            var from = Math.Max((int)(center - support + 0.5), 0);
            var to = Math.Min((int)(center + support + 0.5), inputSize);
            var weights = new double[to - from];
            for (var k = 0; k < weights.Length; k++)
            {
                weights[k] = Math.Max(0.0, 1.0 - Math.Abs((from + k - center + 0.5) / support));
            }

            filter.Set(i, from, weights);
        }

        return filter;
    }

    /// <summary>Makes a filter that blends the two neighbours of each point, with half-pixel centres.</summary>
    public static Filter Plain(int inputSize, int outputSize)
    {
        var filter = new Filter(outputSize);
        for (var i = 0; i < outputSize; i++)
        {
            var position = Math.Clamp(((i + 0.5) * inputSize / outputSize) - 0.5, 0, inputSize - 1);
            var from = Math.Min((int)position, Math.Max(inputSize - 2, 0));
            filter.Set(i, from, inputSize == 1 ? [1.0] : [1 - (position - from), position - from]);
        }

        return filter;
    }

    /// <summary>The first input pixel that is needed, and the one after the last needed.</summary>
    public (int First, int End) Reach() => (_first.Min(), _first.Zip(_weights, (first, weights) => first + weights.Length).Max());

    /// <summary>Which input pixels are needed.</summary>
    public bool[] Read(int inputSize)
    {
        var read = new bool[inputSize];
        foreach (var (first, weights) in _first.Zip(_weights))
        {
            read.AsSpan(first, weights.Length).Fill(true);
        }

        return read;
    }

    /// <summary>Resamples one line of pixels into RGB.</summary>
    public void Apply(ReadOnlySpan<byte> line, int bytesPerPixel, Span<byte> destination)
    {
        for (var i = 0; i < Count; i++)
        {
            int red = 1 << (FractionBits - 1), green = red, blue = red;
            var at = _first[i] * bytesPerPixel;
            foreach (var weight in _weights[i])
            {
                red += weight * line[at];
                green += weight * line[at + 1];
                blue += weight * line[at + 2];
                at += bytesPerPixel;
            }

            destination[3 * i] = ToByte(red);
            destination[(3 * i) + 1] = ToByte(green);
            destination[(3 * i) + 2] = ToByte(blue);
        }
    }

    /// <summary>
    /// Computes output line <paramref name="index"/> as the weighted sum of RGB lines. The first of <paramref name="lines"/> is input line
    /// <paramref name="top"/>.
    /// </summary>
    public void Blend(ReadOnlySpan<byte> lines, int top, int index, Span<byte> destination)
    {
        var weights = _weights[index];
        var start = (_first[index] - top) * destination.Length;
        for (var i = 0; i < destination.Length; i++)
        {
            var sum = 1 << (FractionBits - 1);
            var at = start + i;
            foreach (var weight in weights)
            {
                sum += weight * lines[at];
                at += destination.Length;
            }

            destination[i] = ToByte(sum);
        }
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    private void Set(int index, int first, double[] weights)
    {
        var sum = weights.Sum();
        _first[index] = first;
        _weights[index] = Array.ConvertAll(
            weights, weight => (int)Math.Round(weight / sum * (1 << FractionBits), MidpointRounding.AwayFromZero));
    }
}
