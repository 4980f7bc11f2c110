using PSTransfer.Core.Text;


namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// The layout of a tensor's numbers in its storage: row after row, or as a view with its own strides (transposed, sliced, channels last).
/// </summary>
internal static class TensorLayout
{
    /// <summary>Checks that every number of the tensor is in its storage, and that the tensor has no more numbers than the file.</summary>
    /// <returns>The first number's place in the storage, in bytes.</returns>
    /// <exception cref="InvalidDataException">A check failed.</exception>
    public static long Check(PickledTensor tensor, long fileLength)
    {
        var storage = tensor.Storage;
        var size = TorchTypes.Size(tensor.DataType);
        if (storage.Count < 0 || storage.ViewOffset < 0 || storage.ViewCount < 0 || storage.ViewOffset > storage.Count - storage.ViewCount
            || tensor.Offset < 0 || tensor.Shape.Any(length => length < 0) || tensor.Strides.Any(stride => stride < 0))
        {
            throw Wrong(tensor, "has a negative size");
        }

        try
        {
            var count = tensor.Shape.Aggregate(1L, (product, length) => checked(product * Math.Max(1, length)));
            var empty = tensor.Shape.Contains(0);
            var last = empty
                ? tensor.Offset - 1
                : tensor.Shape.Zip(tensor.Strides).Aggregate(tensor.Offset, (sum, axis) => checked(sum + ((axis.First - 1) * axis.Second)));
            var storageBytes = checked(storage.ViewCount * TorchTypes.Size(storage.DataType));
            if (last >= storageBytes / size || (!empty && count > fileLength / size))
            {
                throw Wrong(
                    tensor,
                    $"would reach to number {last} of {storageBytes / size}, with {count} numbers in a file of {fileLength} bytes");
            }

            if (!empty && Overlaps(tensor))
            {
                throw Wrong(tensor, "overlaps itself");
            }

            return (storage.ViewOffset * TorchTypes.Size(storage.DataType)) + (tensor.Offset * size);
        }
        catch (OverflowException)
        {
            throw Wrong(tensor, "has more than 2^63 numbers");
        }
    }

    /// <summary>Whether the numbers are in the order of the shape without gaps, so that one pass can read them.</summary>
    public static bool IsContiguous(IReadOnlyList<long> shape, IReadOnlyList<long> strides)
    {
        long expected = 1;
        for (var axis = shape.Count - 1; axis >= 0; axis--)
        {
            if (shape[axis] != 1 && strides[axis] != expected)
            {
                return false;
            }

            expected *= shape[axis];
        }

        return true;
    }

    /// <summary>
    /// Whether two axes cross, which reading in the storage's order can't handle. A number may be repeated along an axis (stride 0).
    /// </summary>
    private static bool Overlaps(PickledTensor tensor)
    {
        long reach = 0;
        var axes = tensor.Shape.Zip(tensor.Strides).Where(axis => axis is { First: > 1, Second: > 0 });
        foreach (var (length, stride) in axes.OrderBy(axis => axis.Second))
        {
            if (stride <= reach)
            {
                return true;
            }

            reach += (length - 1) * stride;
        }

        return false;
    }

    private static InvalidDataException Wrong(PickledTensor tensor, string what) => new(
        $"its shape {Printable.Shape(tensor.Shape)} with strides {Printable.Shape(tensor.Strides)} from {tensor.Offset} on {what}; "
        + "the file is damaged, or the tensor must be saved as .contiguous()");
}
