using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Onnx;
using PSTransfer.Core.Weights.Onnx.Format;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>
/// The operators of an ONNX graph in the order of execution, with what each one reads and who reads it. Operators that exporters write in
/// the place of one activation are put together again.
/// </summary>
internal sealed class OnnxOperators
{
    private static readonly double SquareRootOfTwo = Math.Sqrt(2);

    private static readonly HashSet<string> OfTwo = ["Add", "Sub", "Mul", "Div", "Pow", "MatMul", "Gemm", "Conv", "PRelu"];

    private readonly Dictionary<string, Node> _producers = [];
    private readonly Dictionary<string, List<Node>> _readers = [];
    private readonly OnnxFile _file;

    public OnnxOperators(OnnxFile file)
    {
        _file = file;
        Initializers = file.Model.Graph.Initializer
            .GroupBy(tensor => tensor.Name)
            .ToDictionary(group => group.Key, group => group.First());
        Nodes = [.. file.Model.Graph.Node];
        foreach (var node in Nodes)
        {
            var least = node.OpType is "Constant" ? 0 : OfTwo.Contains(node.OpType) ? 2 : 1;
            if (node.Output.Count == 0 || node.Input.Count < least)
            {
                throw OnnxFile.Fault(
                    file.Path,
                    $"the node '{Printable.Text(node.Name)}' ({Printable.Text(node.OpType)}) has {node.Input.Count} inputs and "
                    + $"{node.Output.Count} outputs, too few for its kind. The graph is damaged; export it again");
            }
        }

        Connect();
        Join();
        Connect();
    }

    /// <summary>The operators in the order of execution.</summary>
    public List<Node> Nodes { get; }

    /// <summary>The tensors that the file holds, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Initializers { get; }

    /// <summary>The operator that gives a value; null for an input or a tensor of the file.</summary>
    public Node? ProducerOf(string value) => _producers.GetValueOrDefault(value);

    /// <summary>The operators that read a value.</summary>
    public IReadOnlyList<Node> ReadersOf(string value) => _readers.GetValueOrDefault(value) ?? [];

    /// <summary>The operators that a value depends on, in the order of execution.</summary>
    /// <param name="value">The value.</param>
    /// <param name="known">Values that need no operators.</param>
    public IReadOnlyList<Node> NeededFor(string value, IReadOnlyCollection<string> known)
    {
        var needed = new HashSet<string> { value };
        var nodes = new List<Node>();
        foreach (var node in Nodes.AsEnumerable().Reverse()
            .Where(node => node.Output.Any(output => needed.Contains(output) && !known.Contains(output))))
        {
            nodes.Add(node);
            needed.UnionWith(node.Input.Where(input => input.Length > 0));
        }

        nodes.Reverse();
        return nodes;
    }

    /// <summary>A tensor of the file, of a Constant operator, or of Identity of either; null for any other value.</summary>
    public Tensor? TensorOf(string value)
    {
        for (var made = ProducerOf(value); made is { OpType: "Identity" }; made = ProducerOf(value))
        {
            value = made.Input[0];
        }

        return Initializers.GetValueOrDefault(value)
            ?? (ProducerOf(value) is { OpType: "Constant" } constant
                ? constant.Attribute.FirstOrDefault(attribute => attribute.Name == "value")?.T
                : null);
    }

    /// <summary>Whether a value is one number, within rounding.</summary>
    public bool IsNumber(string value, double number) =>
        FirstOf(value) is { } first && TensorOf(value)!.Dims.All(size => size == 1)
            && Math.Abs(first - number) <= 1e-4 * Math.Abs(number);

    /// <summary>The first number of a tensor of floats; null for any other value.</summary>
    public float? FirstOf(string value) =>
        TensorOf(value) is { } tensor && OnnxFile.IsFloat(tensor.DataType) && _file.Floats(tensor) is [var first, ..] ? first : null;

    private void Connect()
    {
        _producers.Clear();
        _readers.Clear();
        foreach (var node in Nodes)
        {
            foreach (var output in node.Output.Where(output => output.Length > 0))
            {
                if (!_producers.TryAdd(output, node))
                {
                    throw OnnxFile.Fault(
                        _file.Path, $"two operators give '{Printable.Text(output)}'. The graph is damaged; export it again");
                }
            }

            foreach (var input in node.Input.Where(input => input.Length > 0).Distinct())
            {
                if (!_readers.TryGetValue(input, out var readers))
                {
                    _readers[input] = readers = [];
                }

                readers.Add(node);
            }
        }
    }

    /// <summary>Puts activations and layer norms together that are written as several operators.</summary>
    private void Join()
    {
        for (var i = 0; i < Nodes.Count; i++)
        {
            var node = Nodes[i];
            var joined = node.OpType switch
            {
                "Mul" => Gated(node) ?? Gelu(node),
                "Div" => HardSwishOverSix(node),
                "Add" => LayerNorm(node),
                _ => null,
            };
            if (joined is null)
            {
                continue;
            }

            joined.Name = node.Name;
            joined.Output.Add(node.Output[0]);
            Nodes[i] = joined;
            _producers[node.Output[0]] = joined;
        }
    }

    /// <summary>x · sigmoid(x), x · hardsigmoid(x) and x · tanh(softplus(x)).</summary>
    private Node? Gated(Node node)
    {
        foreach (var (x, gate) in Pairs(node))
        {
            var made = ProducerOf(gate);
            if (made is { OpType: "Sigmoid" or "HardSigmoid" } && made.Input[0] == x)
            {
                if (made.OpType == "Sigmoid")
                {
                    return Of("Silu", x);
                }

                return Math.Abs(FloatOf(made, "alpha", 0.2f) - (1f / 6)) < 1e-4 && FloatOf(made, "beta", 0.5f) == 0.5f
                    ? Of("HardSwish", x)
                    : null;
            }

            if (made is { OpType: "Tanh" } && ProducerOf(made.Input[0]) is { OpType: "Softplus" } softplus && softplus.Input[0] == x)
            {
                return Of("Mish", x);
            }

            if (made is { OpType: "Div" } && IsNumber(made.Input[1], 6) && IsClippedSum(made.Input[0], x))
            {
                return Of("HardSwish", x);
            }
        }

        return null;
    }

    /// <summary>(x · clip(x + 3, 0, 6)) / 6.</summary>
    private Node? HardSwishOverSix(Node node) =>
        IsNumber(node.Input[1], 6) && ProducerOf(node.Input[0]) is { OpType: "Mul" } product
        && Pairs(product).FirstOrDefault(pair => IsClippedSum(pair.Other, pair.One)) is { One: { } x }
            ? Of("HardSwish", x)
            : null;

    private bool IsClippedSum(string value, string x) =>
        ProducerOf(value) is { OpType: "Clip" } clip && ProducerOf(clip.Input[0]) is { OpType: "Add" } sum
        && Pairs(sum).Any(pair => pair.One == x && IsNumber(pair.Other, 3))
        && (clip.Input.Count >= 3
            ? FirstOf(clip.Input[1]) is 0 && IsNumber(clip.Input[2], 6)
            : FloatOf(clip, "min", -1) == 0 && FloatOf(clip, "max", -1) == 6);

    /// <summary>½ · x · (1 + erf(x / √2)), in the orders in which exporters multiply.</summary>
    private Node? Gelu(Node node)
    {
        foreach (var (half, rest) in Pairs(node))
        {
            if (IsNumber(half, 0.5) && ProducerOf(rest) is { OpType: "Mul" } product
                && Pairs(product).FirstOrDefault(pair => IsOnePlusErf(pair.Other, pair.One)) is { One: { } x })
            {
                return Of("Gelu", x);
            }

            if (ProducerOf(half) is { OpType: "Mul" } halved
                && Pairs(halved).FirstOrDefault(pair => IsNumber(pair.Other, 0.5) && IsOnePlusErf(rest, pair.One)) is { One: { } other })
            {
                return Of("Gelu", other);
            }
        }

        return null;
    }

    private bool IsOnePlusErf(string value, string x) =>
        ProducerOf(value) is { OpType: "Add" } sum
        && Pairs(sum).Any(pair => IsNumber(pair.Other, 1) && ProducerOf(pair.One) is { OpType: "Erf" } erf
            && ProducerOf(erf.Input[0]) is { } scaled
            && ((scaled.OpType == "Div" && scaled.Input[0] == x && IsNumber(scaled.Input[1], SquareRootOfTwo))
                || (scaled.OpType == "Mul" && Pairs(scaled).Any(part => part.One == x && IsNumber(part.Other, 1 / SquareRootOfTwo)))));

    /// <summary>gamma · (x − mean) / √(variance + eps) + beta over the last dimension, as written before opset 17.</summary>
    private Node? LayerNorm(Node node)
    {
        foreach (var (scaled, beta) in Pairs(node))
        {
            if (TensorOf(beta) is null || ProducerOf(scaled) is not { OpType: "Mul" } product)
            {
                continue;
            }

            foreach (var (normalized, gamma) in Pairs(product))
            {
                if (TensorOf(gamma) is not null && ProducerOf(normalized) is { OpType: "Div" } quotient
                    && ProducerOf(quotient.Input[0]) is { OpType: "Sub" } centred
                    && ProducerOf(centred.Input[1]) is { OpType: "ReduceMean" } mean && mean.Input[0] == centred.Input[0]
                    && ProducerOf(quotient.Input[1]) is { OpType: "Sqrt" } root && ProducerOf(root.Input[0]) is { OpType: "Add" } sum
                    && ProducerOf(sum.Input[0]) is { OpType: "ReduceMean" } variance && FirstOf(sum.Input[1]) is { } epsilon
                    && ProducerOf(variance.Input[0]) is { OpType: "Pow" or "Mul" } square && square.Input[0] == centred.Output[0])
                {
                    var joined = Of("LayerNormalization", centred.Input[0], gamma, beta);
                    joined.Attribute.Add(new Weights.Onnx.Format.Attribute { Name = "axis", I = -1 });
                    joined.Attribute.Add(new Weights.Onnx.Format.Attribute { Name = "epsilon", F = epsilon });
                    return joined;
                }
            }
        }

        return null;
    }

    private static Node Of(string kind, params ReadOnlySpan<string> inputs)
    {
        var node = new Node { OpType = kind };
        node.Input.AddRange(inputs.ToArray());
        return node;
    }

    private static (string One, string Other)[] Pairs(Node node) =>
        node.Input.Count == 2 ? [(node.Input[0], node.Input[1]), (node.Input[1], node.Input[0])] : [];

    private static float FloatOf(Node node, string name, float otherwise) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.F ?? otherwise;
}
