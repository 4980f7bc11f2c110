using System.Runtime.InteropServices;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Onnx;
using PSTransfer.Core.Weights.Onnx.Format;
using TorchSharp;
using Graph = PSTransfer.Core.Networks.Graph;
using Node = PSTransfer.Core.Weights.Onnx.Format.Node;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>
/// Builds the layers of an ONNX graph, one operator after the other, for images of one size. What depends on sizes alone is computed here,
/// and the rest becomes layers with the file's weights and names.
/// </summary>
internal sealed partial class OnnxReader
{
    private readonly OnnxFile _file;
    private readonly OnnxOperators _operators;
    private readonly GraphBuilder _builder;
    private readonly Dictionary<string, OnnxValue> _values = [];
    private readonly UniqueNames _names = new();
    private readonly List<Layer> _layers = [];

    /// <param name="file">The file.</param>
    /// <param name="operators">The file's operators.</param>
    /// <param name="start">The value at which the layers begin: the graph's input, or one behind it.</param>
    /// <param name="map">What is known of that value.</param>
    public OnnxReader(OnnxFile file, OnnxOperators operators, string start, OnnxMap map)
    {
        (_file, _operators) = (file, operators);
        _builder = new GraphBuilder(map.Shape);
        _values[start] = map with { Node = GraphBuilder.Input };
    }

    /// <summary>The last value, as the graph sees it; null before the layers are built.</summary>
    public OnnxMap? End { get; private set; }

    /// <summary>Builds the layers up to a value and returns the graph. The caller owns it.</summary>
    /// <exception cref="PSTransferException">InvalidData: an operator can't be read; the message names it.</exception>
    public Graph Build(string output)
    {
        try
        {
            foreach (var node in _operators.NeededFor(output, _values.Keys))
            {
                if (!_values.ContainsKey(node.Output[0]))
                {
                    Read(node);
                }
            }

            End = Value(output) as OnnxMap;
            return End is { Groups: 0 } map && map.Node == _builder.Nodes.Count - 1
                ? _builder.Build()
                : throw OnnxFile.Fault(_file.Path, $"'{Printable.Text(output)}' isn't an output of a layer");
        }
        catch
        {
            _layers.ForEach(layer => layer.Dispose());
            throw;
        }
    }

    private void Read(Node node)
    {
        var attributes = new OnnxAttributes(node);
        if (node.Domain is not ("" or "ai.onnx"))
        {
            throw Unknown(node, $"the operator {node.OpType} of {node.Domain} isn't one of ONNX");
        }

        if (node.Attribute.Any(attribute => attribute.G.Length > 0 || attribute.Graphs.Count > 0))
        {
            throw Unknown(node, $"{node.OpType} decides in the graph what is computed (control flow), which a network here can't do");
        }

        OnnxValue?[] inputs = [.. node.Input.Select(name => name.Length == 0 ? null : Value(name))];
        OnnxValue[]? outputs = null;
        if (node.OpType is "Constant" or "ConstantOfShape")
        {
            outputs = [Constant(node, attributes, inputs)];
        }
        else if (inputs.All(input => input is OnnxNumbers or null))
        {
            outputs = OnnxArithmetic.Compute(node, attributes, [.. inputs.Select(input => (OnnxNumbers?)input)])
                ?? throw Unknown(node, $"{node.OpType} computes numbers in a way that isn't known");
        }
        else if (Operators.TryGetValue(node.OpType, out var read))
        {
            outputs = read(this, new Operation(node, attributes, inputs));
        }

        if (outputs is null)
        {
            var kind = node.OpType.StartsWith('Q') || node.OpType.Contains("Quant", StringComparison.Ordinal)
                || node.OpType.EndsWith("Integer", StringComparison.Ordinal)
                ? $"{node.OpType} is of a quantised network; export it in float32"
                : $"the operator {Printable.Text(node.OpType)} isn't known";
            throw Unknown(node, kind);
        }

        foreach (var (name, value) in node.Output.Zip(outputs).Where(pair => pair.First.Length > 0))
        {
            _values[name] = value;
        }
    }

    private OnnxValue Value(string name)
    {
        if (_values.TryGetValue(name, out var value))
        {
            return value;
        }

        if (_operators.Initializers.TryGetValue(name, out var tensor))
        {
            return _values[name] = Numbers(tensor) with { Name = name };
        }

        throw OnnxFile.Fault(
            _file.Path,
            $"the graph reads '{Printable.Text(name)}', which is neither a tensor of the file nor an output of an earlier operator. "
            + "A network here has one input; the file is of another kind, or damaged");
    }

    private OnnxNumbers Numbers(Tensor tensor) => OnnxFile.IsFloat(tensor.DataType)
        ? new OnnxNumbers([.. tensor.Dims], _file.Floats(tensor), null)
        : new OnnxNumbers([.. tensor.Dims], null, _file.Integers(tensor));

    private OnnxNumbers Constant(Node node, OnnxAttributes attributes, OnnxValue?[] inputs)
    {
        var tensor = node.Attribute.FirstOrDefault(attribute => attribute.Name == "value")?.T;
        if (node.OpType == "Constant")
        {
            return tensor is not null ? Numbers(tensor)
                : attributes.Has("value_int") ? new OnnxNumbers([], null, [attributes.Whole("value_int", 0)])
                : attributes.Has("value_float") ? new OnnxNumbers([], [attributes.Number("value_float", 0)], null)
                : attributes.Wholes("value_ints") is { Length: > 0 } all ? new OnnxNumbers([all.Length], null, all)
                : throw Unknown(node, "a Constant of a type that isn't a number");
        }

        var dims = (inputs.ElementAtOrDefault(0) as OnnxNumbers)?.Whole ?? throw Unknown(node, "a ConstantOfShape of an unknown shape");
        var count = dims.Aggregate(1.0, (product, size) => product * size);
        if (dims.Any(size => size < 0) || count > 1 << 20)
        {
            throw Unknown(node, "a ConstantOfShape of an impossible shape");
        }

        var number = tensor is null ? new OnnxNumbers([1], [0], null) : Numbers(tensor);
        return new OnnxNumbers(
            dims,
            number.Floats is [var f, ..] ? [.. Enumerable.Repeat(f, (int)count)] : null,
            number.Whole is [var w, ..] ? [.. Enumerable.Repeat(w, (int)count)] : null);
    }

    private PSTransferException Unknown(Node node, string what) => OnnxFile.Fault(
        _file.Path,
        $"the node '{Printable.Text(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? string.Empty)}': {what}");

    /// <summary>Applies a layer to maps, lists it, and fills its tensors.</summary>
    private OnnxMap Apply(Layer layer, OnnxMap[] inputs, params ReadOnlySpan<(string Tensor, float[] Numbers)> weights)
    {
        _layers.Add(layer);
        using (torch.no_grad())
        {
            foreach (var (name, numbers) in weights)
            {
                using var flat = layer.State.Single(tensor => tensor.Key == $"{layer.Name}.{name}").Value.detach();
                numbers.CopyTo(MemoryMarshal.Cast<byte, float>(flat.bytes));
            }
        }

        var node = _builder.Apply(layer, [.. inputs.Select(input => input.Node)]);
        var shape = _builder.ShapeOf(node);
        return shape is { Channels: >= 1, Height: >= 1, Width: >= 1 }
            ? inputs[0] with { Node = node, Shape = shape }
            : throw OnnxFile.Fault(
                _file.Path,
                $"the images of {_builder.ShapeOf(GraphBuilder.Input)} are too small for the layer '{Printable.Text(layer.Name)}'");
    }

    private OnnxMap Apply(Layer layer, OnnxMap input, params ReadOnlySpan<(string Tensor, float[] Numbers)> weights) =>
        Apply(layer, [input], weights);

    /// <summary>
    /// The name of an operator's layer: that of its weight in the original (layer1.0.conv1 of layer1.0.conv1.weight), else the operator's
    /// own, else its output's.
    /// </summary>
    private string Name(Operation operation, OnnxNumbers? weight = null)
    {
        var node = operation.Node;
        var name = weight is { Name: { Length: > 0 } tensor } && OriginalName(tensor) is { } original ? original
            : node.Name.Length > 0 ? node.Name
            : node.Output[0];
        return _names.Of(name);
    }

    /// <summary>The layer in a tensor's name; null if an exporter made the name up.</summary>
    private static string? OriginalName(string tensor)
    {
        var slash = tensor.Split(':')[0];
        var end = slash.AsSpan().LastIndexOfAny("./");
        return end > 0 && !tensor.StartsWith("onnx::", StringComparison.Ordinal)
            && slash[(end + 1)..] is "weight" or "kernel" or "gamma" or "depthwise_kernel" or "bias" or "layer_scale" or "W"
                ? slash[..end]
                : null;
    }

    /// <summary>An operator with its inputs.</summary>
    private sealed record Operation(Node Node, OnnxAttributes Attributes, OnnxValue?[] Inputs)
    {
        public OnnxValue? this[int place] => Inputs.ElementAtOrDefault(place);

        public OnnxMap? Map => this[0] as OnnxMap;

        public OnnxNumbers? NumbersAt(int place) => this[place] as OnnxNumbers;

        public float? FirstAt(int place) => NumbersAt(place)?.Floats is [var first, ..] ? first : null;
    }
}
