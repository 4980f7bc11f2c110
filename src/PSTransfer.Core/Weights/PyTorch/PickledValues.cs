namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>A class or function by name, as a pickle asks for it. It stands for nothing that could be called.</summary>
/// <param name="Name">With its module: collections.OrderedDict.</param>
internal sealed record PickledName(string Name);

/// <summary>An object that is none of a pickle's own values: a numpy scalar, an argparse.Namespace, a loss, a callback. Nothing of it is made or run.</summary>
/// <param name="Maker">The class or function that would make it; null for a value of Python's own, such as bytes.</param>
internal sealed record PickledObject(string? Maker)
{
    /// <summary>A value of Python's own that is of no use to weights.</summary>
    public static readonly PickledObject Plain = new((string?)null);
}

/// <summary>A dict, in the order of the file. Keys may be anything, so nothing is hashed here: a key that holds itself would never end.</summary>
internal sealed class PickledDictionary
{
    /// <summary>Keys and values; of a key that comes twice the last counts.</summary>
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>The value of a key, or null.</summary>
    public object? Find(string key) => Items.FindLast(item => item.Key is string name && name == key).Value;
}

/// <summary>Numbers that one or more tensors share.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="DataType">By NumPy's names.</param>
/// <param name="Count">How many numbers, by the pickle; the file may have others.</param>
/// <param name="ViewOffset">Where in the storage a view of it begins; 0 for the whole.</param>
/// <param name="ViewCount">How many numbers the view has; <paramref name="Count"/> for the whole.</param>
internal sealed record PickledStorage(string Key, string DataType, long Count, long ViewOffset, long ViewCount);

/// <summary>A tensor as the pickle declares it, not yet checked.</summary>
/// <param name="Storage">Where its numbers are.</param>
/// <param name="DataType">By NumPy's names.</param>
/// <param name="Offset">The number it begins with, in the storage.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Strides">Numbers from one to the next, of each dimension.</param>
internal sealed record PickledTensor(PickledStorage Storage, string DataType, long Offset, long[] Shape, long[] Strides);
