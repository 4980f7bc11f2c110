using System.Runtime.InteropServices;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>Reads the numbers of a tensor in the order of its shape, from any order in the file.</summary>
/// <param name="file">The file.</param>
/// <param name="position">The position of the tensor's first byte.</param>
/// <param name="dataType">float32, float16 or bfloat16.</param>
internal readonly ref struct TensorReader(WeightFileHandle file, long position, string dataType)
{
    private const int WindowLength = 1 << 14;

    /// <summary>Reads consecutive numbers.</summary>
    /// <param name="first">The first number to read, counted from the tensor's first.</param>
    /// <param name="destination">Receives the numbers.</param>
    /// <exception cref="PSTransferException">The file is shorter than when it was opened.</exception>
    public void ReadRun(long first, Span<float> destination)
    {
        if (dataType == "float32")
        {
            file.ReadExactly(position + (first * sizeof(float)), MemoryMarshal.AsBytes(destination));
            return;
        }

        file.ReadExactly(position + (first * sizeof(ushort)), NarrowFloats.Place(destination));
        if (dataType == "float16")
        {
            NarrowFloats.WidenHalf(destination);
        }
        else
        {
            NarrowFloats.WidenBrain(destination);
        }
    }

    /// <summary>
    /// Reads the numbers of a view. They are visited in the order of the file, so that it is read once, and put into their places.
    /// </summary>
    /// <param name="shape">The dimensions; none is 0.</param>
    /// <param name="strides">The strides, checked by <see cref="TensorLayout"/>: no two axes cross.</param>
    /// <param name="destination">Receives the numbers; as long as the product of the shape.</param>
    /// <exception cref="PSTransferException">The file is shorter than when it was opened.</exception>
    public void ReadView(IReadOnlyList<long> shape, IReadOnlyList<long> strides, Span<float> destination)
    {
        var axes = Axes(shape, strides);
        var counts = new long[axes.Length];
        var end = 1 + axes.Sum(axis => (axis.Length - 1) * axis.Stride);
        var window = new float[Math.Min(WindowLength, end)];
        long windowStart = 0, windowEnd = 0, source = 0, target = 0;
        while (true)
        {
            if (source >= windowEnd)
            {
                windowStart = source;
                windowEnd = Math.Min(source + window.Length, end);
                ReadRun(source, window.AsSpan(0, (int)(windowEnd - windowStart)));
            }

            destination[(int)target] = window[source - windowStart];

            var axis = axes.Length - 1;
            for (; axis >= 0 && ++counts[axis] == axes[axis].Length; axis--)
            {
                counts[axis] = 0;
                source -= (axes[axis].Length - 1) * axes[axis].Stride;
                target -= (axes[axis].Length - 1) * axes[axis].Step;
            }

            if (axis < 0)
            {
                return;
            }

            source += axes[axis].Stride;
            target += axes[axis].Step;
        }
    }

    /// <summary>Returns the axes by falling stride in the file, each with its step in the destination.</summary>
    private static (long Length, long Stride, long Step)[] Axes(IReadOnlyList<long> shape, IReadOnlyList<long> strides)
    {
        var axes = new (long Length, long Stride, long Step)[shape.Count];
        long step = 1;
        for (var axis = shape.Count - 1; axis >= 0; axis--)
        {
            axes[axis] = (shape[axis], strides[axis], step);
            step *= shape[axis];
        }

        return [.. axes.Where(axis => axis.Length > 1).OrderByDescending(axis => axis.Stride)];
    }
}
