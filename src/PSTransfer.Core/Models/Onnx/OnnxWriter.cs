using System.Runtime.InteropServices;
using Google.Protobuf;
using PSTransfer.Core.Backbones.Onnx;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Onnx;
using PSTransfer.Core.Weights.Onnx.Format;
using TorchSharp;
using Attribute = PSTransfer.Core.Weights.Onnx.Format.Attribute;
using Graph = PSTransfer.Core.Networks.Graph;
using Node = PSTransfer.Core.Weights.Onnx.Format.Node;

namespace PSTransfer.Core.Models.Onnx;

/// <summary>Writes layers as ONNX operators of opset 17, as they compute in the inference phase.</summary>
/// <param name="graph">The ONNX graph to write into.</param>
internal sealed class OnnxWriter(Weights.Onnx.Format.Graph graph)
{
    private static readonly long[] ChannelsLast = [0, 2, 3, 1];
    private static readonly long[] ChannelsFirst = [0, 3, 1, 2];

    /// <summary>
    /// The padding before a MaxPool. ONNX Runtime 1.31 joins zeros and the pooling behind them into one operator, whose padding is minus
    /// infinity: the answers of keras-resnet50v2 were off by 1.6e-2. It leaves other numbers alone.
    /// </summary>
    private const float NearlyZero = 1.17549435e-38f;

    private readonly UniqueNames _names = new();

    /// <summary>Writes the layers of a graph on a value, and returns the value of the last layer.</summary>
    /// <exception cref="PSTransferException">InvalidArgument: a kind of layer has no form in ONNX.</exception>
    public string Write(Graph network, string input)
    {
        var values = new string[network.Nodes.Count];
        foreach (var (index, node) in network.Nodes.Index())
        {
            string[] inputs = [.. node.Inputs.Select(place => place < 0 ? input : values[place])];
            FeatureShape[] shapes =
                [.. node.Inputs.Select(place => place < 0 ? network.InputShape : network.Nodes[place].OutputShape)];
            values[index] = node.Layer is ZeroPadding padding
                && network.Nodes.Any(next => next.Layer is MaxPool && next.Inputs.Contains(index))
                ? Padded(padding, inputs[0], [Number($"{Of(padding)}.value", NearlyZero)])
                : Write(node.Layer, inputs, shapes);
        }

        return values.Length == 0 ? input : values[^1];
    }

    /// <summary>Writes the preprocessing of pixels from 0 to 255.</summary>
    public string Write(Preprocessing preprocessing, string pixels)
    {
        // The formulas of Preprocessing.Apply, in its order of operations.
        return preprocessing switch
        {
            Preprocessing.Rescale => Add("preprocessing", "Div", [pixels, Number("white", 255)]),
            Preprocessing.Tf => Add(
                "preprocessing", "Sub", [Add("preprocessing_scaled", "Div", [pixels, Number("half", 127.5f)]), Number("one", 1)]),
            Preprocessing.Torch => Add("preprocessing", "Div", [
                Add("preprocessing_centred", "Sub", [
                    Add("preprocessing_scaled", "Div", [pixels, Number("white", 255)]),
                    PerChannel("mean", PreprocessingExtensions.TorchMean)]),
                PerChannel("deviation", PreprocessingExtensions.TorchDeviation)]),
            Preprocessing.Caffe => Add("preprocessing", "Sub", [
                Add("preprocessing_bgr", "Gather", [pixels, Wholes("bgr", [2, 1, 0])], ("axis", 1)),
                PerChannel("mean", PreprocessingExtensions.CaffeMean)]),
            _ => pixels,
        };
    }

    /// <summary>Adds an operator and returns its output.</summary>
    public string Add(string name, string kind, string[] inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var unique = _names.Of(name.Length > 0 ? name : kind);
        return Add(unique, $"{unique}_output", kind, inputs, attributes);
    }

    /// <summary>Adds an operator whose output is one of the graph's, under its own name.</summary>
    public void AddOutput(string name, string kind, string[] inputs, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        Add(_names.Of(name), name, kind, inputs, attributes);

    private string Add(
        string name, string output, string kind, string[] inputs, ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = new Node { Name = name, OpType = kind, Output = { output } };
        node.Input.AddRange(inputs);
        foreach (var (key, value) in attributes)
        {
            node.Attribute.Add(value switch
            {
                int or long => new Attribute { Name = key, I = Convert.ToInt64(value, null), Type = 2 },
                float number => new Attribute { Name = key, F = number, Type = 1 },
                string word => new Attribute { Name = key, S = ByteString.CopyFromUtf8(word), Type = 3 },
                long[] numbers => new Attribute { Name = key, Ints = { numbers }, Type = 7 },
                _ => throw new NotSupportedException($"{value.GetType()}"),
            });
        }

        graph.Node.Add(node);
        return output;
    }

    /// <summary>Adds integers and returns their name.</summary>
    public string Wholes(string name, long[] numbers) =>
        Tensor(name, OnnxType.Int64, [numbers.Length], MemoryMarshal.AsBytes<long>(numbers));

    private string Write(Layer layer, string[] x, FeatureShape[] shapes)
    {
        var name = layer.Name;
        return layer switch
        {
            Input or Permute or Dropout or StochasticDepth => x[0],
            Conv conv => Convolve(name, x[0], conv.Window, conv.Groups, Weight(conv, "weight"), Weight(conv, "bias")),
            FoldedConv conv => Convolve(name, x[0], conv.Window, conv.Groups, Weight(conv, "weight"), Weight(conv, "bias")),
            SeparableConv conv => Convolve(
                $"{name}_pointwise",
                Convolve($"{name}_depthwise", x[0], conv.Window, shapes[0].Channels, Weight(conv, "depthwise")!, null),
                new Window(1, 1),
                1,
                Weight(conv, "pointwise")!,
                null),
            BatchNorm norm => Add(
                name,
                "BatchNormalization",
                [
                    x[0],
                    Weight(norm, "weight")
                        ?? Floats($"{name}{OnnxReader.OnesSuffix}", [norm.Channels], [.. Enumerable.Repeat(1f, norm.Channels)]),
                    Weight(norm, "bias")!, Weight(norm, "running_mean")!, Weight(norm, "running_var")!,
                ],
                ("epsilon", (float)norm.Epsilon),
                ("momentum", (float)(1 - norm.Momentum))),
            LayerNorm norm => Turned(name, x[0], last => Add(
                name,
                "LayerNormalization",
                [last, Weight(norm, "weight")!, Weight(norm, "bias")!],
                ("axis", -1),
                ("epsilon", (float)norm.Epsilon))),
            LayerScale => Add(name, "Mul", [x[0], Weight(layer, "layer_scale")!]),
            Normalization => Normalized(layer, x[0]),
            Dense => Add(name, "Gemm", [x[0], Weight(layer, "weight")!, Weight(layer, "bias")!], ("transB", 1)),
            ChannelDense => Turned(name, x[0], last => Add(
                name, "Add", [Add($"{name}_product", "MatMul", [last, Transposed(layer)]), Weight(layer, "bias")!])),
            Rescaling rescaling => Add(
                name, "Mul", [x[0], PerChannel($"{Of(layer)}.factor", [.. rescaling.Factors.Select(factor => (float)factor)])]),
            Constant constant => Add(name, constant.Multiplies ? "Mul" : "Add", [x[0], Numbers(constant, shapes[0])]),
            ZeroPadding padding => Padded(padding, x[0], []),
            MaxPool pool => Add(name, "MaxPool", x, Places(pool.Window, pool.Window.IncludesPartial)),
            AveragePool pool => Add(
                name, "AveragePool", x,
                [.. Places(pool.Window, pool.Window.IncludesPartial), ("count_include_pad", pool.CountsPadding ? 1 : 0)]),
            GlobalAveragePool { KeepsMap: true } => Add(name, "GlobalAveragePool", x),
            GlobalAveragePool => Add(name, "ReduceMean", x, ("axes", new long[] { 2, 3 }), ("keepdims", 0)),
            GlobalMaxPool { KeepsMap: true } => Add(name, "GlobalMaxPool", x),
            GlobalMaxPool => Add(name, "ReduceMax", x, ("axes", new long[] { 2, 3 }), ("keepdims", 0)),
            Relu => Add(name, "Relu", x),
            Relu6 => Add(name, "Clip", [x[0], Number($"{Of(layer)}.min", 0), Number($"{Of(layer)}.max", 6)]),
            Clip clip => Add(
                name, "Clip", [x[0], Number($"{Of(layer)}.min", (float)clip.Lowest), Number($"{Of(layer)}.max", (float)clip.Highest)]),
            LeakyRelu relu => Add(name, "LeakyRelu", x, ("alpha", (float)relu.Alpha)),
            Elu elu => Add(name, "Elu", x, ("alpha", (float)elu.Alpha)),
            PRelu relu => Add(name, "PRelu", [x[0], Slopes(relu, shapes[0])]),
            Sigmoid => Add(name, "Sigmoid", x),
            HardSigmoid => Add(name, "HardSigmoid", x, ("alpha", 1 / 6f), ("beta", 0.5f)),
            HardSwish => Add(name, "HardSwish", x),
            Silu => Add(name, "Mul", [x[0], Add($"{Of(layer)}_gate", "Sigmoid", x)]),
            Mish => Add(name, "Mul", [x[0], Add($"{Of(layer)}_gate", "Tanh", [Add($"{Of(layer)}_softplus", "Softplus", x)])]),
            Gelu => Erf(layer, x[0]),
            Tanh => Add(name, "Tanh", x),
            Softplus => Add(name, "Softplus", x),
            Softmax => Add(name, "Softmax", x, ("axis", 1)),
            Flatten => Add(name, "Flatten", x, ("axis", 1)),
            OnePixel => Add(name, "Unsqueeze", [x[0], Wholes($"{Of(layer)}.axes", [2, 3])]),
            Add { Scale: 1 } => Add(name, "Add", x),
            Add { Scale: -1 } => Add(name, "Sub", x),
            Add add => Add(
                name, "Add", [x[0], Add($"{Of(layer)}_scaled", "Mul", [x[1], Number($"{Of(layer)}.scale", (float)add.Scale)])]),
            Multiply => Add(name, "Mul", x),
            Concat => Add(name, "Concat", x, ("axis", 1)),
            ChannelSlice { Reversed: true } slice => Add(
                name, "Gather",
                [x[
                    0],
                    Wholes(
                        $"{Of(layer)}.channels", [.. Enumerable.Range(0, slice.Count).Select(i => (long)slice.Start + slice.Count - 1 - i)])
                ],
                ("axis", 1)),
            ChannelSlice slice => Add(
                name, "Slice",
                [
                    x[0], Wholes($"{Of(layer)}.starts", [slice.Start]), Wholes($"{Of(layer)}.ends", [slice.Start + slice.Count]),
                    Wholes($"{Of(layer)}.axes", [1]),
                ]),
            ChannelShuffle shuffle => Shuffled(shuffle, x[0], shapes[0]),
            LocalResponseNorm { Settings: var norm } => Add(
                name, "LRN", x, ("size", norm.Size), ("alpha", (float)norm.Alpha), ("beta", (float)norm.Beta), ("bias", (float)norm.Bias)),
            _ => throw new PSTransferException(
                FaultKind.InvalidArgument, $"The {layer.Kind} layer '{name}' has no form in ONNX.", name),
        };
    }

    private string Padded(ZeroPadding padding, string x, string[] value)
    {
        var (top, bottom, left, right) = padding.Sides;
        return Add(padding.Name, "Pad", [x, Wholes($"{Of(padding)}.pads", [0, 0, top, left, 0, 0, bottom, right]), .. value]);
    }

    private string Convolve(string name, string x, Window window, long groups, string? weight, string? bias) => Add(
        name,
        "Conv",
        bias is null ? [x, weight!] : [x, weight!, bias],
        [.. Places(window, isPartial: false), ("group", groups), ("dilations", window.Dilations)]);

    /// <summary>The attributes of a window. Keras' padding "same" stays what it is, so that it fits any size.</summary>
    private static (string Name, object Value)[] Places(Window window, bool isPartial)
    {
        List<(string, object)> attributes =
        [
            ("kernel_shape", new long[] { window.Height, window.Width }), ("strides", window.Strides),
            window.IsSame
                ? ("auto_pad", "SAME_UPPER")
                : ("pads", new long[]
                {
                    window.PadHeight, window.PadWidth, window.PadBottom ?? window.PadHeight, window.PadRight ?? window.PadWidth,
                }),
        ];
        if (isPartial)
        {
            attributes.Add(("ceil_mode", 1));
        }

        return [.. attributes];
    }

    /// <summary>Writes an operator that has its channels last.</summary>
    private string Turned(string name, string x, Func<string, string> write) => Add(
        $"{name}_first", "Transpose", [write(Add($"{name}_last", "Transpose", [x], ("perm", ChannelsLast)))], ("perm", ChannelsFirst));

    private string Normalized(Layer layer, string x)
    {
        var mean = layer.Buffers[0].Value.data<float>().ToArray();
        var variance = layer.Buffers[1].Value.data<float>().ToArray();
        return Add(layer.Name, "Div", [
            Add($"{layer.Name}_centred", "Sub", [x, PerChannel($"{layer.Name}.mean", mean)]),
            PerChannel($"{layer.Name}.deviation", Array.ConvertAll(variance, number => MathF.Max(MathF.Sqrt(number), 1e-7f)))]);
    }

    private string Erf(Layer layer, string x)
    {
        var name = Of(layer);
        var sum = Add($"{name}_sum", "Add", [
            Add($"{name}_erf", "Erf", [Add($"{name}_scaled", "Div", [x, Number($"{name}.root", MathF.Sqrt(2))])]),
            Number($"{name}.one", 1)]);
        return Add(layer.Name, "Mul", [Add($"{name}_product", "Mul", [x, sum]), Number($"{name}.half", 0.5f)]);
    }

    private string Shuffled(ChannelShuffle shuffle, string x, FeatureShape shape)
    {
        var name = Of(shuffle);
        long each = shape.Channels / shuffle.Groups;
        var grouped = Add(
            $"{name}_grouped", "Reshape", [x, Wholes($"{name}.groups", [-1, shuffle.Groups, each, shape.Height, shape.Width])]);
        var turned = Add($"{name}_turned", "Transpose", [grouped], ("perm", new long[] { 0, 2, 1, 3, 4 }));
        return Add(shuffle.Name, "Reshape", [turned, Wholes($"{name}.shape", [-1, shape.Channels, shape.Height, shape.Width])]);
    }

    private string Slopes(PRelu relu, FeatureShape shape)
    {
        var numbers = relu.Parameters[0].Value.data<float>().ToArray();
        return Floats($"{relu.Name}.weight", shape.IsVector ? [numbers.Length] : [numbers.Length, 1, 1], numbers);
    }

    private string Numbers(Constant constant, FeatureShape shape)
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var numbers = constant.Buffers[0].Value;
        if (constant.Shape is { IsVector: false } own
            && (own.Height, own.Width) is not (1, 1)
            && (own.Height, own.Width) != (shape.Height, shape.Width))
        {
            numbers = torch.nn.functional.interpolate(
                numbers.unsqueeze(0), [shape.Height, shape.Width], mode: torch.InterpolationMode.Bilinear, align_corners: false)[0];
        }

        return Floats($"{Of(constant)}.{constant.Buffers[0].Key}", numbers.shape, numbers.cpu().contiguous().data<float>().ToArray());
    }

    private string Transposed(Layer layer)
    {
        using var turned = layer.Parameters[0].Value.detach().t().contiguous().cpu();
        return Floats($"{layer.Name}.weight", turned.shape, turned.data<float>().ToArray());
    }

    /// <summary>Adds a tensor of a layer and returns its name; null if the layer hasn't it.</summary>
    private string? Weight(Layer layer, string key)
    {
        var found = layer.Parameters.Where(p => p.Key == key).Select(p => (torch.Tensor)p.Value)
            .Concat(layer.Buffers.Where(b => b.Key == key).Select(b => b.Value)).FirstOrDefault();
        if (found is null)
        {
            return null;
        }

        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var ours = found.detach().cpu().contiguous();
        return Tensor($"{layer.Name}.{key}", OnnxType.Float, ours.shape, ours.bytes);
    }

    private string Number(string name, float number) => Floats(name, [], [number]);

    private string PerChannel(string name, float[] numbers) => Floats(name, [1, numbers.Length, 1, 1], numbers);

    private string Floats(string name, long[] dims, float[] numbers) =>
        Tensor(name, OnnxType.Float, dims, MemoryMarshal.AsBytes<float>(numbers));

    private string Tensor(string name, OnnxType type, long[] dims, ReadOnlySpan<byte> bytes)
    {
        var tensor = new Tensor { Name = _names.Of(name), DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(dims);
        graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>The layer's name, or its kind if it has none.</summary>
    private static string Of(Layer layer) => layer.Name.Length > 0 ? layer.Name : layer.Kind;
}
