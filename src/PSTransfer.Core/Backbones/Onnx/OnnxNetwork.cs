using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Onnx;
using PSTransfer.Core.Weights.Onnx.Format;
using Graph = PSTransfer.Core.Networks.Graph;
using Node = PSTransfer.Core.Weights.Onnx.Format.Node;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>
/// A network in an ONNX file: the layers before its classifier, and the classifier, its last dense layer. What follows that layer, such as
/// softmax, only turns logits into probabilities.
/// </summary>
internal sealed class OnnxNetwork
{
    /// <summary>The output that is taken before others. Files of PSTransfer have it beside the probabilities.</summary>
    public const string Logits = "logits";

    private static readonly HashSet<string> AfterLogits =
        ["Softmax", "LogSoftmax", "Sigmoid", "Identity", "Dropout", "Reshape", "Flatten", "Squeeze", "Cast", "ArgMax"];

    private readonly OnnxFile _file;
    private readonly OnnxOperators _operators;
    private readonly string _input;
    private readonly bool _channelsLast;
    private readonly Node? _logits;
    private readonly string _end;
    private OnnxMap? _features;

    private OnnxNetwork(OnnxFile file, string? output)
    {
        _file = file;
        _operators = new OnnxOperators(file);
        var inputs = file.Model.Graph.Input.Where(value => !_operators.Initializers.ContainsKey(value.Name)).ToList();
        var input = inputs is [var only] ? only : throw OnnxFile.Fault(
            file.Path,
            $"the network has {inputs.Count} inputs ({string.Join(", ", inputs.Select(value => Printable.Text(value.Name)))}), "
            + "and one that takes pictures is expected. The file is of another kind of network");
        _input = input.Name;
        (_channelsLast, OwnShape) = Pictures(input);
        if (output is not null)
        {
            _end = Find(output);
            return;
        }

        var last = (file.Model.Graph.Output.FirstOrDefault(value => value.Name == Logits)
            ?? file.Model.Graph.Output.FirstOrDefault())?.Name
            ?? throw OnnxFile.Fault(file.Path, "the network has no output. The graph is damaged; export it again");
        _logits = FindLogits(last);
        _end = CutOff(_logits?.Input[0] ?? last);
    }

    /// <summary>Height, width and channels of the pictures; null for sizes that the file leaves open.</summary>
    public (int? Height, int? Width, int Channels) OwnShape { get; }

    /// <summary>Whether the network ends in a dense layer.</summary>
    public bool HasClassifier => _logits is not null;

    /// <summary>The name of the program that wrote the file.</summary>
    public string Producer => Printable.Text(_file.Model.ProducerName);

    /// <summary>Whether the file was written from a network of TensorFlow or Keras.</summary>
    public bool IsOfTensorFlow => _file.IsOfTensorFlow;

    /// <summary>An entry that the file has about itself; null if it hasn't.</summary>
    public string? Metadata(string key) => _file.Model.MetadataProps.FirstOrDefault(entry => entry.Key == key)?.Value;

    /// <summary>The way from the last map to the classifier.</summary>
    public Pooling Pooling { get; private set; } = Pooling.Flatten;

    /// <summary>The rate of the dropout before the classifier.</summary>
    public double Dropout { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="output">The node or value after which the network is cut; null for the classifier.</param>
    /// <exception cref="PSTransferException">The file isn't an ONNX network of pictures.</exception>
    public static OnnxNetwork Open(string path, string? output = null) => new(OnnxFile.Open(path), output);

    /// <summary>
    /// Builds the layers before the classifier for pictures of a size, with the file's weights. The caller owns the graph.
    /// </summary>
    /// <exception cref="PSTransferException">An operator can't be read, or the pictures are too small.</exception>
    public Graph Build(ImageShape shape)
    {
        if (shape.Channels != OwnShape.Channels)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{_file.Path}: the network takes pictures of {OwnShape.Channels} channels, not {shape.Channels}.",
                "InputShape");
        }

        var pictures = new OnnxMap(GraphBuilder.Input, new FeatureShape(shape.Channels, shape.Height, shape.Width))
        {
            Order = _channelsLast ? OnnxMap.ChannelsLast : OnnxMap.Ours,
        };
        var reader = new OnnxReader(_file, _operators, _input, pictures);
        var graph = reader.Build(_end);
        _features = reader.End;
        return graph;
    }

    /// <summary>
    /// Builds the classifier behind the layers that were built last: its last layer is the dense one. The caller owns the graph.
    /// </summary>
    /// <exception cref="PSTransferException">The classifier is for features of another size.</exception>
    public Graph BuildClassifier()
    {
        var output = _operators.ReadersOf(_logits!.Output[0]) is [{ OpType: "Add" } sum] && _logits.OpType == "MatMul"
            ? sum.Output[0]
            : _logits.Output[0];
        return new OnnxReader(_file, _operators, _end, _features!).Build(output);
    }

    private string Find(string output) =>
        _operators.Nodes.FirstOrDefault(node => node.Name == output || node.Output.Contains(output))?.Output[0]
        ?? throw new PSTransferException(
            FaultKind.NotFound,
            $"{_file.Path}: there is no node '{Printable.Text(output)}'. "
            + $"{Nearest.Hint(output, _operators.Nodes.Select(node => node.Name).Where(name => name.Length > 0))}",
            "Output");

    /// <summary>The dense layer whose logits are the output, as they are or as probabilities; null for none.</summary>
    private Node? FindLogits(string output)
    {
        for (var node = _operators.ProducerOf(output); node is not null; node = _operators.ProducerOf(output))
        {
            if (node.OpType is "Gemm" or "MatMul")
            {
                return node.Input.Count > 1 && _operators.TensorOf(node.Input[1]) is not null ? node : null;
            }

            if (node.OpType == "Add")
            {
                output = node.Input.FirstOrDefault(name =>
                    _operators.TensorOf(name) is null && _operators.ProducerOf(name)?.OpType == "MatMul")
                    ?? string.Empty;
            }
            else if (AfterLogits.Contains(node.OpType))
            {
                output = node.Input[0];
            }
            else
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>The value before the pooling, flattening and dropout in front of a classifier.</summary>
    private string CutOff(string value)
    {
        var (isPooled, isFlat) = (false, false);
        for (; _operators.ProducerOf(value) is { } node
            && node.Input.Count > 0
            && _operators.ReadersOf(value).Count <= 1; value = node.Input[0])
        {
            if (node.OpType is "GlobalAveragePool" or "GlobalMaxPool" || IsClosing(node))
            {
                if (isPooled)
                {
                    return value;
                }

                (isPooled, isFlat) = (true, true);
                Pooling = node.OpType is "GlobalMaxPool" or "ReduceMax" ? Pooling.Max : Pooling.Average;
            }
            else if (node.OpType is "Reshape" or "Flatten" or "Squeeze" && !isFlat)
            {
                isFlat = true;
            }
            else if (node.OpType == "Dropout" && !isPooled)
            {
                var ratio = node.Attribute.FirstOrDefault(attribute => attribute.Name == "ratio")?.F
                    ?? (node.Input.Count > 1 ? _operators.FirstOf(node.Input[1]) : null) ?? 0.5f;
                Dropout = ratio is >= 0 and < 1 ? Math.Round(ratio, 7) : 0;
            }
            else if (node.OpType != "Identity")
            {
                return value;
            }
        }

        return value;
    }

    /// <summary>Whether a node takes the mean or maximum over the whole map, by axes or by a window of the map's own size.</summary>
    private bool IsClosing(Node node)
    {
        var attributes = new OnnxAttributes(node);
        if (node.OpType is "ReduceMean" or "ReduceMax")
        {
            var axes = attributes.Wholes("axes")
                ?? (node.Input.Count > 1 && _operators.TensorOf(node.Input[1]) is { } tensor ? _file.Integers(tensor) : []);
            return axes.Length == 2;
        }

        // A window that isn't moved over the map afterwards: strides of 1, no padding, and a side of more than the usual 2 or 3.
        return node.OpType == "AveragePool" && attributes.Wholes("kernel_shape") is [> 3, > 3]
            && attributes.Wholes("pads")?.All(size => size == 0) != false;
    }

    /// <summary>Whether the input has its channels last, and its sizes.</summary>
    private (bool ChannelsLast, (int? Height, int? Width, int Channels) Shape) Pictures(Value input)
    {
        var dims = input.Type?.TensorType?.Shape?.Dim.Select(dim => dim.DimValue).ToList();
        if (dims is not { Count: 4 } || !OnnxFile.IsFloat(input.Type!.TensorType.ElemType))
        {
            throw OnnxFile.Fault(
                _file.Path,
                $"the input '{Printable.Text(input.Name)}' isn't a batch of pictures in float32: four dimensions are expected, with 3 or 1 "
                + $"channels, and found {(dims is null ? "none" : string.Join('×', dims))} of type {input.Type?.TensorType?.ElemType}");
        }

        return dims switch
        {
            [_, 3 or 1, var height, var width] when width is not (3 or 1) || height == width =>
                (false, (Side(height), Side(width), (int)dims[1])),
            [_, var height, var width, 3 or 1] => (true, (Side(height), Side(width), (int)dims[3])),
            _ => throw OnnxFile.Fault(
                _file.Path,
                $"the input '{Printable.Text(input.Name)}' of {string.Join('×', dims)} has neither 3 nor 1 channels, "
                + "in the second place or the last. Export the network with its number of channels fixed"),
        };

        static int? Side(long size) => size is >= 1 and <= Defaults.LargestSide ? (int)size : null;
    }
}
