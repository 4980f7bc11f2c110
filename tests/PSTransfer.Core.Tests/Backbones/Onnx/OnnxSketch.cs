using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PSTransfer.Core.Backbones.Onnx;
using PSTransfer.Core.Weights.Onnx.Format;
using Tensor = PSTransfer.Core.Weights.Onnx.Format.Tensor;

namespace PSTransfer.Core.Tests.Backbones.Onnx;

/// <summary>A small ONNX graph, written operator by operator, that ONNX Runtime and the reader answer.</summary>
internal sealed class OnnxSketch
{
    private readonly Random _random = new(1);
    private readonly long[] _input;

    public OnnxSketch(long opset = 13, params long[] input)
    {
        _input = input.Length > 0 ? input : [2, 3, 9, 8];
        Model.OpsetImport.Add(new OperatorSet { Version = opset });
        Model.Graph.Input.Add(Value("x", _input));
    }

    public Model Model { get; } = new() { IrVersion = 8, ProducerName = "sketch", Graph = new() { Name = "sketch" } };

    public long Opset => Model.OpsetImport[0].Version;

    /// <summary>The last value.</summary>
    public string Last { get; private set; } = "x";

    /// <summary>Adds an operator and returns its first output.</summary>
    public string Add(string kind, IEnumerable<string> inputs, params (string Name, object Value)[] attributes)
    {
        var node = new Core.Weights.Onnx.Format.Node { OpType = kind, Name = $"n{Model.Graph.Node.Count}" };
        node.Input.AddRange(inputs);
        node.Output.Add(Last = $"v{Model.Graph.Node.Count}");
        foreach (var (name, value) in attributes)
        {
            var attribute = new Core.Weights.Onnx.Format.Attribute { Name = name };
            switch (value)
            {
                case float f:
                    (attribute.F, attribute.Type) = (f, 1);
                    break;
                case int i:
                    (attribute.I, attribute.Type) = (i, 2);
                    break;
                case string s:
                    (attribute.S, attribute.Type) = (ByteString.CopyFromUtf8(s), 3);
                    break;
                case long[] ints:
                    attribute.Ints.AddRange(ints);
                    attribute.Type = 7;
                    break;
                default:
                    throw new NotSupportedException($"{value.GetType()}");
            }

            node.Attribute.Add(attribute);
        }

        Model.Graph.Node.Add(node);
        return Last;
    }

    /// <summary>Adds an operator on the last value and some more.</summary>
    public OnnxSketch Then(string kind, IEnumerable<string> more, params (string Name, object Value)[] attributes)
    {
        Add(kind, [Last, .. more], attributes);
        return this;
    }

    public OnnxSketch Then(string kind, params (string Name, object Value)[] attributes) => Then(kind, [], attributes);

    /// <summary>A tensor of seeded numbers around 0, or positive ones.</summary>
    public string Numbers(bool positive, params long[] dims) => Numbers($"t{Model.Graph.Initializer.Count}", positive, dims);

    public string Numbers(params long[] dims) => Numbers(positive: false, dims);

    public string Numbers(string name, bool positive, params long[] dims)
    {
        var count = dims.Aggregate(1L, (product, size) => product * size);
        return Floats(
            name, dims, [.. Enumerable.Range(0, (int)count).Select(_ => (float)((_random.NextDouble() - (positive ? -0.3 : 0.5)) * 1.5))]);
    }

    public string Floats(string name, long[] dims, params float[] numbers)
    {
        var tensor = new Tensor { Name = name, DataType = 1 };
        tensor.Dims.AddRange(dims);
        tensor.FloatData.AddRange(numbers);
        Model.Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    public string Number(float number) => Floats($"t{Model.Graph.Initializer.Count}", [], number);

    public string Wholes(params long[] numbers)
    {
        var tensor = new Tensor { Name = $"t{Model.Graph.Initializer.Count}", DataType = 7 };
        tensor.Dims.Add(numbers.Length);
        tensor.Int64Data.AddRange(numbers);
        Model.Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>The file's bytes, with the last value as the output.</summary>
    public byte[] Bytes()
    {
        Model.Graph.Output.Clear();
        Model.Graph.Output.Add(new Value { Name = Last, Type = new() { TensorType = new() { ElemType = 1 } } });
        return Model.ToByteArray();
    }

    /// <summary>Asks ONNX Runtime and the layers, and compares.</summary>
    public void AssertAnswersAgree(double tolerance = 1e-5)
    {
        using var folder = new TempFolder();
        var path = folder.File("sketch.onnx", Bytes());
        var x = new float[_input.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = (float)((_random.NextDouble() * 2) - 1);
        }

        using var session = new InferenceSession(Bytes());
        using var results = session.Run(
            [NamedOnnxValue.CreateFromTensor("x", new DenseTensor<float>(x, [.. _input.Select(size => (int)size)]))]);
        var theirs = results[0].AsTensor<float>();

        var channelsLast = _input[1] != 3;
        var shape = channelsLast ? new ImageShape((int)_input[1], (int)_input[2], 3) : new ImageShape((int)_input[2], (int)_input[3], 3);
        LibTorch.EnsureLoaded();
        using var graph = OnnxNetwork.Open(path, Last).Build(shape);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var given = torch.tensor(x, device: torch.CPU).reshape(_input);
        var ours = graph.Forward(channelsLast ? given.permute(0, 3, 1, 2).contiguous() : given, ForwardPass.Inference);
        if (theirs.Dimensions.Length == 4 && theirs.Dimensions[1] != ours.shape[1])
        {
            ours = ours.permute(0, 2, 3, 1);
        }

        Assert.Equal(theirs.Dimensions.ToArray().Where(size => size != 1), ours.shape.Where(size => size != 1).Select(size => (int)size));
        var numbers = ours.contiguous().data<float>().ToArray();
        var largest = theirs.Max(Math.Abs);
        Assert.All(theirs.Zip(numbers), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance * Math.Max(largest, 1e-3)));
    }

    private static Value Value(string name, long[] dims)
    {
        var shape = new Shape();
        shape.Dim.AddRange(dims.Select(size => new Dimension { DimValue = size }));
        return new Value { Name = name, Type = new() { TensorType = new() { ElemType = 1, Shape = shape } } };
    }
}
