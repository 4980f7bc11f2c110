namespace PSTransfer.Core.Tests.Backbones.Onnx;

/// <summary>Each operator gives what ONNX Runtime gives, in the forms that it had in several versions of ONNX.</summary>
public sealed class OnnxOperatorTests
{
    private static readonly Dictionary<string, Func<OnnxSketch, OnnxSketch>> Cases = new()
    {
        ["Conv"] = s => s.Then("Conv", [s.Numbers(4, 3, 3, 3), s.Numbers(4)], ("pads", new long[] { 1, 1, 1, 1 })),
        ["Conv without bias, paddings of their own"] = s =>
            s.Then("Conv", [s.Numbers(4, 3, 3, 2)], ("pads", new long[] { 3, 2, 0, 1 }), ("strides", new long[] { 2, 1 })),
        ["Conv with gaps"] = s =>
            s.Then("Conv", [s.Numbers(4, 3, 3, 3)], ("dilations", new long[] { 2, 1 }), ("pads", new long[] { 2, 1, 2, 1 })),
        ["Conv in groups"] = s => s.Then("Conv", [s.Numbers(6, 1, 3, 3), s.Numbers(6)], ("group", 3), ("strides", new long[] { 2, 2 })),
        ["Conv SAME_UPPER"] = s => s.Then("Conv", [s.Numbers(4, 3, 3, 4)], ("auto_pad", "SAME_UPPER"), ("strides", new long[] { 2, 2 })),
        ["Conv SAME_LOWER"] = s => s.Then("Conv", [s.Numbers(4, 3, 4, 3)], ("auto_pad", "SAME_LOWER"), ("strides", new long[] { 2, 2 })),
        ["Conv VALID"] = s => s.Then("Conv", [s.Numbers(4, 3, 2, 2)], ("auto_pad", "VALID")),
        ["Conv 1×1 with stride"] = s => s.Then("Conv", [s.Numbers(4, 3, 1, 1)], ("strides", new long[] { 2, 2 })),
        ["Conv 1×1 with stride and padding"] = s =>
            s.Then("Conv", [s.Numbers(4, 3, 1, 1)], ("strides", new long[] { 2, 3 }), ("pads", new long[] { 1, 1, 1, 1 })),
        ["BatchNormalization"] = s =>
            s.Then("BatchNormalization", [s.Numbers(3), s.Numbers(3), s.Numbers(3), s.Numbers(true, 3)], ("epsilon", 1e-3f)),
        ["BatchNormalization of a vector"] = s => s.Then("Flatten").Then(
            "BatchNormalization", [s.Numbers(216), s.Numbers(216), s.Numbers(216), s.Numbers(true, 216)]),
        ["Gemm as out×in"] = s => s.Then("Flatten").Then("Gemm", [s.Numbers(5, 216), s.Numbers(5)], ("transB", 1)),
        ["Gemm as in×out"] = s => s.Then("Flatten").Then("Gemm", [s.Numbers(216, 5), s.Numbers(5)], ("alpha", 0.5f), ("beta", 2f)),
        ["Gemm without bias"] = s => s.Then("Flatten").Then("Gemm", [s.Numbers(216, 5)]),
        ["MatMul and Add"] = s => s.Then("Flatten").Then("MatMul", [s.Numbers(216, 5)]).Then("Add", [s.Numbers(5)]),
        ["Relu"] = s => s.Then("Relu"),
        ["LeakyRelu"] = s => s.Then("LeakyRelu", ("alpha", 0.2f)),
        ["Elu"] = s => s.Then("Elu", ("alpha", 0.7f)),
        ["Selu"] = s => s.Then("Selu"),
        ["PRelu"] = s => s.Then("PRelu", [s.Numbers(3, 1, 1)]),
        ["PRelu of one number"] = s => s.Then("PRelu", [s.Numbers(1)]),
        ["Sigmoid"] = s => s.Then("Sigmoid"),
        ["HardSigmoid of Keras"] = s => s.Then("HardSigmoid"),
        ["HardSigmoid of PyTorch"] = s => s.Then("HardSigmoid", ("alpha", 1 / 6f)),
        ["Tanh"] = s => s.Then("Tanh"),
        ["Softplus"] = s => s.Then("Softplus"),
        ["Softmax"] = s => s.Then("Flatten").Then("Softmax", ("axis", 1)),
        ["Clip"] = s => s.Then("Clip", [s.Number(-0.3f), s.Number(0.4f)]),
        ["Clip to 6"] = s => s.Then("Mul", [s.Number(20)]).Then("Clip", [s.Number(0), s.Number(6)]),
        ["Clip without an upper limit"] = s => s.Then("Clip", [s.Number(0)]),
        ["Silu"] = s =>
        {
            s.Add("Mul", ["x", s.Add("Sigmoid", ["x"])]);
            return s;
        },
        ["HardSwish of four operators"] = s =>
        {
            var sum = s.Add("Add", ["x", s.Number(3)]);
            var clipped = s.Add("Clip", [sum, s.Number(0), s.Number(6)]);
            s.Add("Mul", ["x", s.Add("Div", [clipped, s.Number(6)])]);
            return s;
        },
        ["Gelu of five operators"] = s =>
        {
            var erf = s.Add("Erf", [s.Add("Div", ["x", s.Number(MathF.Sqrt(2))])]);
            var product = s.Add("Mul", ["x", s.Add("Add", [erf, s.Number(1)])]);
            s.Add("Mul", [product, s.Number(0.5f)]);
            return s;
        },
        ["Mish"] = s =>
        {
            s.Add("Mul", ["x", s.Add("Tanh", [s.Add("Softplus", ["x"])])]);
            return s;
        },
        ["LRN"] = s => s.Then("Conv", [s.Numbers(8, 3, 1, 1)]).Then("LRN", ("size", 5), ("alpha", 0.3f), ("beta", 0.6f), ("bias", 2f)),
        ["MaxPool"] = s => s.Then("MaxPool", ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 })),
        ["MaxPool with paddings of their own"] = s => s.Then(
            "MaxPool", ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 0, 0 })),
        ["MaxPool with a partial window"] = s => s.Then(
            "MaxPool", ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 3 }), ("ceil_mode", 1)),
        ["MaxPool SAME_LOWER"] = s => s.Then(
            "MaxPool", ("kernel_shape", new long[] { 2, 3 }), ("strides", new long[] { 2, 2 }), ("auto_pad", "SAME_LOWER")),
        ["AveragePool"] = s => s.Then("AveragePool", ("kernel_shape", new long[] { 2, 3 }), ("strides", new long[] { 1, 2 })),
        ["AveragePool that counts zeros"] = s => s.Then(
            "AveragePool", ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 1, 1, 1 }), ("count_include_pad", 1)),
        ["AveragePool that doesn't count zeros, paddings of their own"] = s => s.Then(
            "AveragePool", ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 0, 1, 2, 0 }), ("strides", new long[] { 2, 2 })),
        ["AveragePool SAME_UPPER"] = s => s.Then(
            "AveragePool", ("kernel_shape", new long[] { 4, 4 }), ("auto_pad", "SAME_UPPER"), ("strides", new long[] { 2, 2 })),
        ["AveragePool with a partial window"] = s => s.Then(
            "AveragePool", ("kernel_shape", new long[] { 2, 3 }), ("strides", new long[] { 2, 3 }), ("ceil_mode", 1)),
        ["GlobalAveragePool"] = s => s.Then("GlobalAveragePool"),
        ["GlobalMaxPool"] = s => s.Then("GlobalMaxPool").Then("Flatten"),
        ["Sum of two maps"] = s =>
        {
            var relu = s.Add("Relu", ["x"]);
            s.Add("Add", ["x", relu]);
            return s;
        },
        ["Difference of two maps"] = s =>
        {
            var relu = s.Add("Relu", ["x"]);
            s.Add("Sub", [relu, "x"]);
            return s;
        },
        ["Squeeze and excitation"] = s =>
        {
            var pooled = s.Add("GlobalAveragePool", ["x"]);
            var gate = s.Add("Sigmoid", [s.Add("Conv", [pooled, s.Numbers(3, 3, 1, 1)])]);
            s.Add("Mul", [gate, "x"]);
            return s;
        },
        ["A mean and a deviation for each channel"] = s => s.Then("Sub", [s.Numbers(1, 3, 1, 1)]).Then("Div", [s.Numbers(true, 3, 1, 1)]),
        ["A mean picture"] = s => s.Then("Sub", [s.Numbers(1, 3, 9, 8)]),
        ["A number minus a map"] = s =>
        {
            s.Add("Sub", [s.Number(1), "x"]);
            return s;
        },
        ["A learnt factor of each channel"] = s => s.Then("Mul", [s.Numbers("block.layer_scale", false, 3, 1, 1)]),
        ["Concat"] = s =>
        {
            var relu = s.Add("Relu", ["x"]);
            s.Add("Concat", ["x", relu, "x"], ("axis", 1));
            return s;
        },
        ["Slice of channels"] = s => s.Then("Slice", [s.Wholes(1), s.Wholes(3), s.Wholes(1), s.Wholes(1)]),
        ["Channels in reverse"] = s => s.Then("Gather", [s.Wholes(2, 1, 0)], ("axis", 1)),
        ["Slice in reverse"] = s => s.Then("Slice", [s.Wholes(-1), s.Wholes(-4), s.Wholes(1), s.Wholes(-1)]),
        ["Pad"] = s => s.Then("Pad", [s.Wholes(0, 0, 1, 2, 0, 0, 3, 0)]),
        ["Dropout"] = s => s.Then("Dropout", [s.Number(0.4f)]),
        ["Shuffled channels"] = s => s
            .Then("Conv", [s.Numbers(6, 3, 1, 1)])
            .Then("Reshape", [s.Wholes(-1, 2, 3, 9, 8)]).Then("Transpose", ("perm", new long[] { 0, 2, 1, 3, 4 }))
            .Then("Reshape", [s.Wholes(-1, 6, 9, 8)]),
        ["Reshape to a vector"] = s => s.Then("Reshape", [s.Wholes(0, -1)]).Then("Gemm", [s.Numbers(216, 4)]),
        ["Shape arithmetic"] = s =>
        {
            var batch = s.Add("Gather", [s.Add("Shape", ["x"]), s.Wholes(0)], ("axis", 0));
            var shape = s.Add("Concat", [batch, s.Wholes(-1)], ("axis", 0));
            s.Add("Reshape", ["x", shape]);
            return s.Then("Gemm", [s.Numbers(216, 4)]);
        },
        ["Channels last, a dense layer on each pixel"] = s => s
            .Then("Transpose", ("perm", new long[] { 0, 2, 3, 1 })).Then("MatMul", [s.Numbers(3, 5)]).Then("Add", [s.Numbers(5)])
            .Then("Relu").Then("Transpose", ("perm", new long[] { 0, 3, 1, 2 })),
        ["Channels last, flattened"] = s => s
            .Then("Transpose", ("perm", new long[] { 0, 2, 3, 1 })).Then("Reshape", [s.Wholes(-1, 216)]).Then("Gemm", [s.Numbers(216, 4)]),
        ["LayerNorm of nine operators"] = s =>
        {
            var x = s.Add("Transpose", ["x"], ("perm", new long[] { 0, 2, 3, 1 }));
            var centred = s.Add("Sub", [x, s.Add("ReduceMean", [x], ("axes", new long[] { -1 }))]);
            var variance = s.Add("ReduceMean", [s.Add("Pow", [centred, s.Number(2)])], ("axes", new long[] { -1 }));
            var deviation = s.Add("Sqrt", [s.Add("Add", [variance, s.Number(1e-3f)])]);
            var product = s.Add("Mul", [s.Add("Div", [centred, deviation]), s.Numbers(3)]);
            s.Add("Add", [product, s.Numbers(3)]);
            return s.Then("Transpose", ("perm", new long[] { 0, 3, 1, 2 }));
        },
        ["ReduceMean over the map"] = s => s.Then("ReduceMean", ("axes", new long[] { 2, 3 }), ("keepdims", 0)),
        ["ReduceMean, then squeezed"] = s => s
            .Then("ReduceMean", ("axes", new long[] { -1, -2 })).Then("Squeeze", [s.Wholes(2, 3)]).Then("Gemm", [s.Numbers(3, 2)]),
        ["Split"] = s =>
        {
            var split = s.Add("Split", ["x", s.Wholes(1, 2)], ("axis", 1));
            s.Model.Graph.Node[^1].Output.Add("second");
            s.Add("Concat", ["second", split], ("axis", 1));
            return s;
        },
    };

    /// <summary>Operators whose form of opset 13 isn't one of opset 18.</summary>
    private static readonly HashSet<string> UpTo17 =
    [
        "ReduceMean over the map", "ReduceMean, then squeezed", "LayerNorm of nine operators"
    ];

    private static readonly Dictionary<string, Func<OnnxSketch, OnnxSketch>> Newer = new()
    {
        ["LayerNormalization"] = s => s
            .Then("Transpose", ("perm", new long[] { 0, 2, 3, 1 }))
            .Then("LayerNormalization", [s.Numbers(3), s.Numbers(3)], ("axis", -1), ("epsilon", 1e-4f))
            .Then("Transpose", ("perm", new long[] { 0, 3, 1, 2 })),
        ["ReduceMean with axes as an input"] = s => s.Then("ReduceMean", [s.Wholes(2, 3)], ("keepdims", 0)),
        ["HardSwish"] = s => s.Then("HardSwish"),
        ["Mish"] = s => s.Then("Mish"),
        ["Split by number"] = s =>
        {
            var split = s.Add("Split", [s.Add("Conv", ["x", s.Numbers(5, 3, 1, 1)])], ("axis", 1), ("num_outputs", 2));
            s.Model.Graph.Node[^1].Output.Add("second");
            s.Add("Concat", ["second", split], ("axis", 1));
            return s;
        },
    };

    private static readonly Dictionary<string, Func<OnnxSketch, OnnxSketch>> Older = new()
    {
        ["Clip with attributes"] = s => s.Then("Clip", ("min", -0.2f), ("max", 0.5f)),
        ["Pad with attributes"] = s => s.Then("Pad", ("pads", new long[] { 0, 0, 1, 1, 0, 0, 0, 2 })),
        ["Slice with attributes"] = s => s.Then(
            "Slice", ("starts", new long[] { 1 }), ("ends", new long[] { 3 }), ("axes", new long[] { 1 })),
        ["Dropout with a ratio"] = s => s.Then("Dropout", ("ratio", 0.3f)),
        ["Split with sizes"] = s =>
        {
            var split = s.Add("Split", ["x"], ("axis", 1), ("split", new long[] { 2, 1 }));
            s.Model.Graph.Node[^1].Output.Add("second");
            s.Add("Concat", ["second", split], ("axis", 1));
            return s;
        },
    };

    public static TheoryData<string, long> Everything()
    {
        var data = new TheoryData<string, long>();
        foreach (var name in Cases.Keys)
        {
            foreach (var opset in UpTo17.Contains(name) ? [13, 17] : (long[])[13, 18, 22])
            {
                data.Add(name, opset);
            }
        }

        foreach (var name in Newer.Keys)
        {
            data.Add(name, 18);
            data.Add(name, 22);
        }

        foreach (var name in Older.Keys)
        {
            data.Add(name, 7);
            data.Add(name, 9);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void AnOperatorAnswersAsInOnnxRuntime(string name, long opset)
    {
        var write = (opset < 13 ? Older : Newer.ContainsKey(name) && !(Cases.ContainsKey(name) && opset == 13) ? Newer : Cases)
            .GetValueOrDefault(name) ?? Cases[name];
        write(new OnnxSketch(opset)).AssertAnswersAgree();
    }

    /// <summary>A graph that takes pictures with their channels last, as exporters write it for TensorFlow.</summary>
    [Fact]
    public void PicturesMayHaveTheirChannelsLast()
    {
        var sketch = new OnnxSketch(13, 2, 9, 8, 3);
        sketch.Then("Transpose", ("perm", new long[] { 0, 3, 1, 2 })).Then("Conv", [sketch.Numbers(4, 3, 3, 3)]).AssertAnswersAgree();
    }
}
