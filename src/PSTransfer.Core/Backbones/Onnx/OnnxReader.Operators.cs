using System.Collections.Frozen;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>
/// The operators of ONNX that act on maps. Each gives its outputs, or null where it isn't one that a layer here computes.
/// </summary>
internal sealed partial class OnnxReader
{
    /// <summary>The end of the name of a tensor of ones that stands for a gamma which isn't there.</summary>
    public const string OnesSuffix = ".ones";

    private const float Tolerance = 1e-4f;

    private static readonly FrozenDictionary<string, Func<OnnxReader, Operation, OnnxValue[]?>> Operators =
        new Dictionary<string, Func<OnnxReader, Operation, OnnxValue[]?>>
        {
            ["Conv"] = (r, o) => r.Conv(o),
            ["BatchNormalization"] = (r, o) => r.BatchNorm(o),
            ["Gemm"] = (r, o) => r.Gemm(o),
            ["MatMul"] = (r, o) => r.MatMul(o),
            ["LayerNormalization"] = (r, o) => r.LayerNorm(o),
            ["Relu"] = (r, o) => r.Unary(o, name => new Relu(name)),
            ["LeakyRelu"] = (r, o) => r.Unary(o, name => new LeakyRelu(name, o.Attributes.Number("alpha", 0.01f))),
            ["Elu"] = (r, o) => r.Unary(o, name => new Elu(name, o.Attributes.Number("alpha", 1))),
            ["Selu"] = (r, o) => r.Selu(o),
            ["PRelu"] = (r, o) => r.PRelu(o),
            ["Sigmoid"] = (r, o) => r.Unary(o, name => new Sigmoid(name)),
            ["HardSigmoid"] = (r, o) => r.HardSigmoid(o),
            ["HardSwish"] = (r, o) => r.Unary(o, name => new HardSwish(name)),
            ["Silu"] = (r, o) => r.Unary(o, name => new Silu(name)),
            ["Gelu"] = (r, o) => o.Attributes.Word("approximate", "none") == "none" ? r.Unary(o, name => new Gelu(name)) : null,
            ["Mish"] = (r, o) => r.Unary(o, name => new Mish(name)),
            ["Tanh"] = (r, o) => r.Unary(o, name => new Tanh(name)),
            ["Softplus"] = (r, o) => r.Unary(o, name => new Softplus(name)),
            ["Softmax"] = (r, o) => o.Map is { } map && map.Order[PositiveAxis(o, map, r.DefaultSoftmaxAxis)] == 1
                ? r.Unary(o, name => new Softmax(name))
                : null,
            ["Clip"] = (r, o) => r.Clip(o),
            ["Dropout"] = (r, o) => r.Dropout(o),
            ["Identity"] = (_, o) => [o.Map!],
            ["Cast"] = (_, o) => o.Attributes.Whole("to", 1) == 1 ? [o.Map!] : null,
            ["Add"] = (r, o) => r.Sum(o, 1),
            ["Sub"] = (r, o) => r.Sum(o, -1),
            ["Sum"] = (r, o) => o.Inputs.Length == 2 ? r.Sum(o, 1) : null,
            ["Mul"] = (r, o) => r.Product(o, divides: false),
            ["Div"] = (r, o) => r.Product(o, divides: true),
            ["Concat"] = (r, o) => r.Concat(o),
            ["Split"] = (r, o) => r.Split(o),
            ["Slice"] = (r, o) => r.Slice(o),
            ["Gather"] = (r, o) => r.Gather(o),
            ["MaxPool"] = (r, o) => r.Pool(o, (name, window) => new MaxPool(name, window)),
            ["AveragePool"] = (r, o) =>
                r.Pool(o, (name, window) => new AveragePool(name, window, o.Attributes.Whole("count_include_pad", 0) == 1)),
            ["GlobalAveragePool"] = (r, o) => r.Unary(o, name => new GlobalAveragePool(name, keepsMap: true)),
            ["GlobalMaxPool"] = (r, o) => r.Unary(o, name => new GlobalMaxPool(name, keepsMap: true)),
            ["ReduceMean"] = (r, o) => r.Reduce(o, (name, keeps) => new GlobalAveragePool(name, keeps)),
            ["ReduceMax"] = (r, o) => r.Reduce(o, (name, keeps) => new GlobalMaxPool(name, keeps)),
            ["LRN"] = (r, o) => r.Unary(o, name => new LocalResponseNorm(
                name, (int)o.Attributes.Whole("size", 1), o.Attributes.Number("alpha", 1e-4f), o.Attributes.Number("beta", 0.75f),
                o.Attributes.Number("bias", 1))),
            ["Pad"] = (r, o) => r.Pad(o),
            ["Shape"] = (_, o) => [new OnnxNumbers([o.Map!.Dims.Length], null, o.Map.Dims)],
            ["Flatten"] = (r, o) => o.Attributes.Whole("axis", 1) == 1 ? [r.Flatten(o, o.Map!)] : null,
            ["Reshape"] = (r, o) => o.NumbersAt(1)?.Whole is { } shape ? r.Reshape(o, o.Map!, shape) : null,
            ["Squeeze"] = (r, o) => r.Squeeze(o),
            ["Unsqueeze"] = (r, o) => o.Map is { Shape.IsVector: true } vector && o.Attributes.Axes(o.Inputs, 1) is { Length: 2 } axes
                ? [r.OnePixel(o, vector, axes.Order().SequenceEqual([2, 3]) || axes.Order().SequenceEqual([-2, -1]))]
                : null,
            ["Transpose"] = (r, o) => Transpose(o),
        }.ToFrozenDictionary();

    private long DefaultSoftmaxAxis => _file.Opset >= 13 ? -1 : 1;

    private static int PositiveAxis(Operation o, OnnxMap map, long otherwise)
    {
        var axis = o.Attributes.Whole("axis", otherwise);
        return (int)Math.Clamp(axis < 0 ? axis + map.Dims.Length : axis, 0, map.Dims.Length - 1);
    }

    private OnnxValue[]? Unary(Operation o, Func<string, Layer> make) =>
        o.Map is { Groups: 0 } map ? [Apply(make(Name(o)), map)] : null;

    private static bool IsOurs(OnnxMap map) => map.Order.SequenceEqual(OnnxMap.Ours);
}
