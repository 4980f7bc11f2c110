using System.Collections.Frozen;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// Decides what the names in a pickle build. In Python a name is a class or function to call, and os.system is one of them. Here none is
/// called. Known names make a dictionary, a tensor's description or an inert object. Unknown names make an inert object that keeps its
/// maker's name. Names whose only use in a pickle is to run a program are refused.
/// </summary>
internal static class KnownNames
{
    // PyTorch allows 64. Networks have five at most (a kernel over volumes).
    private const int MaxRank = 16;

    private const string Remedy =
        "Nothing of the file was run. If you trust it, load it with PyTorch and save the state dict alone: "
        + "torch.save(model.state_dict(), 'weights.pth')";

    // No name can do harm here. These are refused because a file with one was made to run something when other programs load it.
    private static readonly FrozenSet<string> ProgramModules =
        FrozenSet.ToFrozenSet(
        [
            "os", "posix", "nt", "subprocess", "sys", "pty", "commands", "shutil", "socket", "ctypes", "importlib", "runpy", "code",
            "codeop", "pip", "webbrowser",
        ]);

    private static readonly FrozenSet<string> ProgramNames =
        FrozenSet.ToFrozenSet(["eval", "exec", "execfile", "compile", "open", "__import__", "breakpoint", "input"]);

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
        ("torch", "Size device dtype Tensor FloatTensor HalfTensor BFloat16Tensor DoubleTensor LongTensor "
            + "strided contiguous_format channels_last preserve_format"),
        ("torch.cuda", "FloatTensor HalfTensor DoubleTensor LongTensor"),
        ("torch.storage", "TypedStorage"),
        ("torch.serialization", "_get_layout"),
        ("torch._utils", "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state"),
        ("torch._tensor", "_rebuild_from_type _rebuild_from_type_v2"),
        ("torch.nn.parameter", "Parameter Buffer"),
        ("torch.autograd.variable", "Variable"));

    /// <summary>Returns a name, known or not.</summary>
    /// <exception cref="InvalidDataException">The name runs programs; the message has the name and what to do.</exception>
    public static PickledName Find(string module, string name)
    {
        var full = $"{module}.{name}";
        return !IsProgram(module, name)
            ? new PickledName(full)
            : throw new InvalidDataException(
                $"the file asks for {Printable.Text(full)}, which can run programs and which no weights need: "
                + $"it may have been made to do harm. {Remedy}");
    }

    /// <summary>Whether a name is usual in a pickle of weights, or of other objects that trainers save beside them.</summary>
    public static bool IsKnown(string full) =>
        Known.Contains(full) || TorchTypes.OfDataType(full) is not null || TorchTypes.OfStorage(full) is not null;

    private static bool IsProgram(string module, string name) =>
        ProgramModules.Contains(module.Split('.')[0])
        || (module is "builtins" or "__builtin__" && ProgramNames.Contains(name.Split('.')[0]));

    /// <summary>
    /// Builds what PyTorch's loader would get from calling a name. A name that doesn't concern weights gives an inert object.
    /// </summary>
    public static object? Build(object? function, object? arguments)
    {
        // The result of calling an inert object is inert, too.
        if (function is PickledObject inert)
        {
            return inert;
        }

        if (function is not PickledName { Name: var name } || arguments is not object?[] given)
        {
            throw Unexpected("a call of what isn't a name");
        }

        // A tensor of a class of its own, or with attributes. The arguments are the function that makes it, its class, the arguments and
        // the attributes.
        if (name.StartsWith("torch._tensor._rebuild_from_type", StringComparison.Ordinal))
        {
            if (given is not [PickledName { Name: var maker }, _, object?[] inner, ..]
                || maker.StartsWith("torch._tensor.", StringComparison.Ordinal))
            {
                return new PickledObject(name);
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
            ("torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2",
                [PickledStorage storage, var offset, var shape, var strides, ..]) =>
                Tensor(storage, storage.DataType, offset, shape, strides),
            ("torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state" or "torch.nn.parameter.Parameter"
                or "torch.nn.parameter.Buffer" or "torch.autograd.variable.Variable", [PickledTensor tensor, ..]) => tensor,
            (_, [PickledObject { Maker: not null } inner, ..]) when name.StartsWith("torch.", StringComparison.Ordinal) => inner,
            _ when name.StartsWith("torch._utils.", StringComparison.Ordinal) && Known.Contains(name) => throw Unexpected(name),
            _ => new PickledObject(name),
        };
    }

    /// <summary>
    /// Returns the storage for a persistent id: ('storage', class, key, device, count). Before 1.6 None or the (key, offset, count) of a
    /// view follows.
    /// </summary>
    public static object Storage(object? id)
    {
        if (id is object?[] and ["storage", PickledName other, ..] && TorchTypes.OfStorage(other.Name) is null)
        {
            return new PickledObject(other.Name); // of a type that isn't read here: quantised, sparse
        }

        if (id is not (object?[] and ["storage", PickledName type, string key, _, long count, ..])
            || TorchTypes.OfStorage(type.Name) is not { } dataType)
        {
            throw Unexpected("a reference to something outside of the pickle that isn't a storage");
        }

        return id switch
        {
            object?[] and [.., object?[] and [_, long offset, long viewCount]] =>
                new PickledStorage(key, dataType, count, offset, viewCount),
            _ => new PickledStorage(key, dataType, count, 0, count),
        };
    }

    /// <summary>
    /// The class of a module that was saved with its source before 1.6: ('module', class, file, source). Null for other references.
    /// </summary>
    public static PickledName? ModuleClass(object? id) =>
        id is object?[] and ["module", PickledName type, ..] ? type : null;

    /// <summary>Whether a name is the class of a network.</summary>
    public static bool IsModel(string? maker) => maker?.Split('.')
        is ["torch", "nn", ..] or ["torchvision", ..] or ["timm", ..] or ["ultralytics", ..] or ["models", ..] or ["__main__", ..]
        or ["torch", "jit", ..];

    /// <summary>The remedy for a pickle of more than weights.</summary>
    public static string Advice => Remedy;

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

        // Without this, one long list that is passed again and again would make a dictionary of its length each time.
        items.Clear();
        return dictionary;
    }

    private static PickledTensor Tensor(PickledStorage storage, string dataType, object? offset, object? shape, object? strides) =>
        offset is long first && Numbers(shape) is { } dimensions && Numbers(strides) is { } steps && dimensions.Length == steps.Length
            ? new PickledTensor(storage, dataType, first, dimensions, steps)
            : throw Unexpected("a tensor");

    private static long[]? Numbers(object? tuple) => tuple is object?[] values && values.All(value => value is long)
        ? values.Length <= MaxRank
            ? [.. values.Cast<long>()]
            : throw Unexpected($"a tensor of {values.Length} dimensions, more than {MaxRank}")
        : null;

    private static InvalidDataException Unexpected(string what) =>
        new($"its pickle has {Printable.Text(what)}, not in the form that PyTorch writes; download or export the file again");

    private static FrozenSet<string> Names(params (string Module, string Names)[] modules) =>
        modules.SelectMany(entry => entry.Names.Split(' ').Select(name => $"{entry.Module}.{name}")).ToFrozenSet();
}
