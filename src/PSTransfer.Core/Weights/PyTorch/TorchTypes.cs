using System.Collections.Frozen;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>PyTorch's number types.</summary>
internal static class TorchTypes
{
    private static readonly FrozenDictionary<string, int> Sizes = new Dictionary<string, int>
    {
        ["float32"] = 4, ["float64"] = 8, ["float16"] = 2, ["bfloat16"] = 2,
        ["int64"] = 8, ["int32"] = 4, ["int16"] = 2, ["int8"] = 1,
        ["uint64"] = 8, ["uint32"] = 4, ["uint16"] = 2, ["uint8"] = 1, ["bool"] = 1,
        ["complex32"] = 4, ["complex64"] = 8, ["complex128"] = 16,
        ["float8_e4m3fn"] = 1, ["float8_e5m2"] = 1, ["float8_e4m3fnuz"] = 1, ["float8_e5m2fnuz"] = 1,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Storages = new Dictionary<string, string>
    {
        ["FloatStorage"] = "float32", ["DoubleStorage"] = "float64", ["HalfStorage"] = "float16", ["BFloat16Storage"] = "bfloat16",
        ["LongStorage"] = "int64", ["IntStorage"] = "int32", ["ShortStorage"] = "int16", ["CharStorage"] = "int8",
        ["ByteStorage"] = "uint8", ["BoolStorage"] = "bool", ["ComplexFloatStorage"] = "complex64", ["ComplexDoubleStorage"] = "complex128",
        ["UntypedStorage"] = "uint8",
    }.ToFrozenDictionary();

    /// <summary>The size of a number in bytes.</summary>
    public static int Size(string dataType) => Sizes[dataType];

    /// <summary>Returns a type by the name of its object (torch.float32), or null.</summary>
    public static string? OfDataType(string name) =>
        name.StartsWith("torch.", StringComparison.Ordinal) && Sizes.ContainsKey(name[6..]) ? name[6..] : null;

    /// <summary>Returns a storage's type by the name of its class (torch.FloatStorage), or null.</summary>
    public static string? OfStorage(string name) =>
        name.LastIndexOf('.') is var dot and > 0 && name[..dot] is "torch" or "torch.cuda" or "torch.storage"
            ? Storages.GetValueOrDefault(name[(dot + 1)..])
            : null;
}
