namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>A class or function by name, as a pickle asks for it. The name stands for nothing that could be called.</summary>
/// <param name="Name">The name with its module, such as collections.OrderedDict.</param>
internal sealed record PickledName(string Name);

/// <summary>
/// An object that isn't one of a pickle's own values: a numpy scalar, an argparse.Namespace, a loss, a callback. It is never made or run.
/// </summary>
/// <param name="Maker">The class or function that would make the object; null for a value of Python's own, such as bytes.</param>
internal sealed record PickledObject(string? Maker)
{
    /// <summary>A value of Python's own that weights don't need.</summary>
    public static readonly PickledObject Plain = new((string?)null);
}

/// <summary>A dict, in the order of the file. Keys may be anything, so none is hashed: a key that holds itself would never end.</summary>
internal sealed class PickledDictionary
{
    /// <summary>The keys and values. If a key comes twice, the last one counts.</summary>
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>Returns the value of a key, or null.</summary>
    public object? Find(string key) => Items.FindLast(item => item.Key is string name && name == key).Value;
}

/// <summary>The numbers that one or more tensors share.</summary>
/// <param name="Key">The storage's name in the file.</param>
/// <param name="DataType">The type by NumPy's names.</param>
/// <param name="Count">The number of values according to the pickle; the file may differ.</param>
/// <param name="ViewOffset">The position at which a view of the storage begins; 0 for the whole storage.</param>
/// <param name="ViewCount">The number of values in the view; <paramref name="Count"/> for the whole storage.</param>
internal sealed record PickledStorage(string Key, string DataType, long Count, long ViewOffset, long ViewCount);

/// <summary>A tensor as the pickle declares it; not yet checked.</summary>
/// <param name="Storage">The storage of the numbers.</param>
/// <param name="DataType">The type by NumPy's names.</param>
/// <param name="Offset">The place of the first number in the storage.</param>
/// <param name="Shape">The tensor's dimensions.</param>
/// <param name="Strides">For each dimension, the distance between neighbours, in numbers.</param>
internal sealed record PickledTensor(PickledStorage Storage, string DataType, long Offset, long[] Shape, long[] Strides);
