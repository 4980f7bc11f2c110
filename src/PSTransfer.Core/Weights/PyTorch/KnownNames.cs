using System.Collections.Frozen;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// The names that a pickle of weights may ask for, and what they build. All others are refused: in Python a name is a function to call,
/// and os.system is one of them. Here even the known ones call nothing; they make a dictionary, a tensor's description or an inert object.
/// </summary>
internal static class KnownNames
{
    // PyTorch's own limit.
    private const int MaxRank = 64;

    private const string Remedy =
        "Nothing of the file was run. If you trust it, load it with PyTorch and save the state dict alone: torch.save(model.state_dict(), 'weights.pth')";

    private static readonly FrozenSet<string> Known = Names(
        ("collections", "OrderedDict defaultdict Counter deque"),
        ("builtins", "dict list tuple set frozenset int float bool str bytes bytearray complex slice range object"),
        ("__builtin__", "dict list tuple set frozenset int long float bool str unicode bytearray complex slice xrange object"),
        ("_codecs", "encode"),
        ("argparse", "Namespace"),
        ("types", "SimpleNamespace"),
        ("datetime", "datetime date time timedelta timezone"),
        ("pathlib", "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath"),
        ("pathlib._local", "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath"),
        ("numpy", "dtype ndarray bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 str_"),
        ("numpy.core.multiarray", "scalar _reconstruct"),
        ("numpy._core.multiarray", "scalar _reconstruct"),
        ("numpy.core.numeric", "_frombuffer"),
        ("numpy._core.numeric", "_frombuffer"),
        ("numpy.dtypes", "Float64DType Float32DType Float16DType Int64DType Int32DType UInt8DType BoolDType"),
        ("torch", "Size device dtype Tensor FloatTensor HalfTensor BFloat16Tensor DoubleTensor LongTensor strided contiguous_format channels_last preserve_format"),
        ("torch.cuda", "FloatTensor HalfTensor DoubleTensor LongTensor"),
        ("torch.storage", "TypedStorage"),
        ("torch.serialization", "_get_layout"),
        ("torch._utils", "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state"),
        ("torch._tensor", "_rebuild_from_type _rebuild_from_type_v2"),
        ("torch.nn.parameter", "Parameter Buffer"),
        ("torch.autograd.variable", "Variable"));

    /// <summary>The name, if weights may need it.</summary>
    /// <exception cref="InvalidDataException">They don't; the message has the name and what to do.</exception>
    public static PickledName Find(string module, string name)
    {
        var full = $"{module}.{name}";
        if (Known.Contains(full) || TorchTypes.OfDataType(full) is not null || TorchTypes.OfStorage(full) is not null)
        {
            return new PickledName(full);
        }

        throw new InvalidDataException(
            module.Split('.') is ["torch", "nn", ..] or ["torchvision", ..] or ["timm", ..]
                ? $"a whole model, pickled with its classes (it asks for {Printable.Text(full)}); expected its state dict. {Remedy}"
                : $"the file asks for {Printable.Text(full)}, which loading weights never needs. {Remedy}");
    }

    /// <summary>What PyTorch's loader would get from calling a name; any that says nothing of weights gives an inert object.</summary>
    public static object? Build(object? function, object? arguments)
    {
        if (function is not PickledName { Name: var name } || arguments is not object?[] given)
        {
            throw Unexpected("a call of what isn't a name");
        }

        // A tensor of a class of its own, or with attributes: the function that makes it, its class, the arguments, the attributes.
        if (name.StartsWith("torch._tensor._rebuild_from_type", StringComparison.Ordinal))
        {
            if (given is not [PickledName { Name: var maker }, _, object?[] inner, ..] || maker.StartsWith("torch._tensor.", StringComparison.Ordinal))
            {
                throw Unexpected(name);
            }

            (name, given) = (maker, inner);
        }

        return (name, given) switch
        {
            ("collections.OrderedDict", [List<object?> items]) => Dictionary(items),
            ("collections.OrderedDict" or "collections.defaultdict" or "builtins.dict" or "__builtin__.dict", _) => new PickledDictionary(),
            ("torch.Size", [object?[] sizes]) => sizes,
            ("torch._utils._rebuild_tensor_v3", [PickledStorage storage, var offset, var shape, var strides, _, _, PickledName type, ..]) =>
                Tensor(storage, TorchTypes.OfDataType(type.Name) ?? throw Unexpected(type.Name), offset, shape, strides),
            ("torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2", [PickledStorage storage, var offset, var shape, var strides, ..]) =>
                Tensor(storage, storage.DataType, offset, shape, strides),
            ("torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state" or "torch.nn.parameter.Parameter" or "torch.nn.parameter.Buffer" or "torch.autograd.variable.Variable", [PickledTensor tensor, ..]) => tensor,
            _ when name.StartsWith("torch._utils.", StringComparison.Ordinal) => throw Unexpected(name),
            _ => PickledObject.Instance,
        };
    }

    /// <summary>What a persistent id stands for: ('storage', class, key, device, count), and before 1.6 None or (key, offset, count) of a view.</summary>
    public static PickledStorage Storage(object? id)
    {
        if (id is object?[] and ["module", ..])
        {
            throw new InvalidDataException($"a whole model, pickled with its source code; expected its state dict. {Remedy}");
        }

        if (id is not (object?[] and ["storage", PickledName type, string key, _, long count, ..]) || TorchTypes.OfStorage(type.Name) is not { } dataType)
        {
            throw Unexpected("a reference to something outside of the pickle that isn't a storage");
        }

        return id switch
        {
            object?[] and [.., object?[] and [_, long offset, long viewCount]] => new PickledStorage(key, dataType, count, offset, viewCount),
            _ => new PickledStorage(key, dataType, count, 0, count),
        };
    }

    private static PickledDictionary Dictionary(List<object?> items)
    {
        var dictionary = new PickledDictionary();
        foreach (var item in items)
        {
            dictionary.Items.Add(item switch
            {
                List<object?> and [var key, var value] => (key, value),
                object?[] and [var key, var value] => (key, value),
                _ => throw Unexpected("collections.OrderedDict"),
            });
        }

        // Otherwise one long list, given again and again, would make a dictionary as long each time.
        items.Clear();
        return dictionary;
    }

    private static PickledTensor Tensor(PickledStorage storage, string dataType, object? offset, object? shape, object? strides) =>
        offset is long first && Numbers(shape) is { } dimensions && Numbers(strides) is { } steps && dimensions.Length == steps.Length
            ? new PickledTensor(storage, dataType, first, dimensions, steps)
            : throw Unexpected("a tensor");

    private static long[]? Numbers(object? tuple) => tuple is object?[] { Length: <= MaxRank } values && values.All(value => value is long) ? [.. values.Cast<long>()] : null;

    private static InvalidDataException Unexpected(string what) =>
        new($"its pickle has {Printable.Text(what)}, not in the form that PyTorch writes; download or export the file again");

    private static FrozenSet<string> Names(params (string Module, string Names)[] modules) =>
        modules.SelectMany(entry => entry.Names.Split(' ').Select(name => $"{entry.Module}.{name}")).ToFrozenSet();
}
