using Google.Protobuf;
using PSTransfer.Core.Backbones.Onnx;
using PSTransfer.Fuzz;
using PSTransfer.Core.Weights.Onnx.Format;

namespace PSTransfer.Core.Tests.Backbones.Onnx;

/// <summary>A file that isn't a network of pictures gets one error that names the file and the node.</summary>
public sealed class OnnxFaultTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Faults() => new()
    {
        { "unknown operator", "node 'n0': the operator Warp isn't known" },
        { "operator of another domain", "node 'n0': the operator Relu of com.example isn't one of ONNX" },
        { "control flow", "node 'n0': If decides in the graph" },
        { "quantised", "node 'n0': QLinearConv is of a quantised network; export it in float32" },
        { "two inputs", "has 2 inputs (x, y)" },
        { "no picture", "isn't a batch of pictures in float32" },
        { "five channels", "neither 3 nor 1 channels" },
        { "a value that isn't there", "reads 'nowhere'" },
        { "a loop", "reads 'v1'" },
        { "two makers", "two operators give 'v0'" },
        { "weight of another size", "a convolution of 3 channels whose weight is 4×5×3×3" },
        { "a cut tensor", "the tensor 't0' has 7 numbers, but its shape says 108" },
        { "cut raw data", "the tensor 't0' has 100 bytes, but its shape says 432" },
        { "an impossible shape", "the tensor 't0' has an impossible shape" },
        { "external file that is missing", "weights.bin is missing, which holds the tensor 't0'" },
        { "external file elsewhere", "only files in the folder of the ONNX file are read" },
        { "external file too short", "which has 5 bytes" },
        { "too small", "too small for the layer" },
        { "opset 30", "of version 30 (opset), and versions 7 to 22 can be read" },
        { "no opset", "doesn't say which version" },
        { "functions", "calls 1 functions of its own" },
        { "no graph", "the file has no graph" },
        { "dense layer of another size", "a dense layer for 100 values of 216" },
        { "training statistics that aren't there", "the operator BatchNormalization isn't known" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void AFaultNamesTheNode(string fault, string message)
    {
        var sketch = Broken(fault);
        var path = _folder.File("broken.onnx", fault == "no graph" ? [] : sketch.Bytes());

        var error = Assert.Throws<PSTransferException>(
            () => OnnxNetwork.Open(path, fault == "no graph" ? null : sketch.Last).Build(new ImageShape(9, 8, 3)).Dispose());

        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsNotThereIsNotFound() => Assert.Equal(
        FaultKind.NotFound, Assert.Throws<PSTransferException>(() => OnnxNetwork.Open(_folder.File("no.onnx"))).Kind);

    [Fact]
    public void AFileOfAnotherKindIsNamed() => Assert.Contains(
        "zip archive",
        Assert.Throws<PSTransferException>(() => OnnxNetwork.Open(_folder.File("a.onnx", [.. "PK\x03\x04"u8, 1, 2, 3, 4, 5, 6]))).Message,
        StringComparison.Ordinal);

    /// <summary>Tensors in a file beside the graph are read from their place in it.</summary>
    [Fact]
    public void TensorsMayLieInAFileBesideTheGraph()
    {
        var sketch = new OnnxSketch();
        sketch.Then("Conv", [sketch.Numbers(4, 3, 3, 3), sketch.Numbers(4)]);
        using var inside = OnnxNetwork.Open(_folder.File("inside.onnx", sketch.Bytes()), sketch.Last).Build(new ImageShape(9, 8, 3));
        float[] numbers = [.. sketch.Model.Graph.Initializer[0].FloatData];
        Outside(sketch.Model.Graph.Initializer[0], "weights.bin", offset: 4, length: numbers.Length * 4);
        _folder.File("weights.bin", [1, 2, 3, 4, .. numbers.SelectMany(BitConverter.GetBytes), 9]);

        using var beside = OnnxNetwork.Open(_folder.File("beside.onnx", sketch.Bytes()), sketch.Last).Build(new ImageShape(9, 8, 3));

        Assert.Equal(numbers, beside.Layers[0].Parameters[0].Value.data<float>().ToArray());
        Assert.Equal(
            inside.Layers[0].Parameters[0].Value.data<float>().ToArray(), beside.Layers[0].Parameters[0].Value.data<float>().ToArray());
    }

    /// <summary>A damaged file is refused or read; nothing else may happen.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void MutatedFilesAreAnswered(int seed)
    {
        var sketch = new OnnxSketch();
        sketch.Then("Conv", [sketch.Numbers(4, 3, 3, 3), sketch.Numbers(4)], ("pads", new long[] { 1, 1, 1, 1 }))
            .Then("BatchNormalization", [sketch.Numbers(4), sketch.Numbers(4), sketch.Numbers(4), sketch.Numbers(true, 4)])
            .Then("Relu").Then("MaxPool", ("kernel_shape", new long[] { 2, 2 })).Then("GlobalAveragePool").Then("Flatten")
            .Then("Gemm", [sketch.Numbers(2, 4), sketch.Numbers(2)], ("transB", 1)).Then("Softmax");
        var valid = sketch.Bytes();
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < 500; i++)
        {
            var path = _folder.File("mutated.onnx", Mutation.Of(valid, random));
            try
            {
                OnnxNetwork.Open(path).Build(new ImageShape(9, 8, 3)).Dispose();
            }
            catch (PSTransferException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 50, 499);
    }

    private OnnxSketch Broken(string fault)
    {
        var sketch = new OnnxSketch();
        switch (fault)
        {
            case "unknown operator":
                return sketch.Then("Warp");
            case "operator of another domain":
                sketch.Then("Relu").Model.Graph.Node[0].Domain = "com.example";
                return sketch;
            case "control flow":
                sketch.Then("If").Model.Graph.Node[0].Attribute.Add(
                    new Core.Weights.Onnx.Format.Attribute { Name = "then_branch", G = ByteString.CopyFrom(1, 2) });
                return sketch;
            case "quantised":
                return sketch.Then("QLinearConv");
            case "two inputs":
                sketch.Then("Relu").Model.Graph.Input.Add(new Value { Name = "y" });
                return sketch;
            case "no picture":
                return new OnnxSketch(13, 2, 9).Then("Relu");
            case "five channels":
                return new OnnxSketch(13, 2, 5, 9, 8).Then("Relu");
            case "a value that isn't there":
                sketch.Add("Add", ["x", "nowhere"]);
                return sketch;
            case "a loop":
                sketch.Add("Add", ["x", "v1"]);
                return sketch.Then("Relu");
            case "two makers":
                sketch.Then("Relu").Then("Relu").Model.Graph.Node[1].Output[0] = "v0";
                return sketch;
            case "weight of another size":
                return sketch.Then("Conv", [sketch.Numbers(4, 5, 3, 3)]);
            case "too small":
                return sketch.Then("Conv", [sketch.Numbers(4, 3, 30, 3)]);
            case "dense layer of another size":
                return sketch.Then("Flatten").Then("Gemm", [sketch.Numbers(100, 5)]);
            case "training statistics that aren't there":
                return sketch.Then("BatchNormalization", [sketch.Numbers(3), sketch.Numbers(3)]);
            case "opset 30":
                return new OnnxSketch(30).Then("Relu");
            case "no opset":
                sketch.Then("Relu").Model.OpsetImport.Clear();
                return sketch;
            case "functions":
                sketch.Then("Relu").Model.Functions.Add(ByteString.CopyFrom(1));
                return sketch;
            case "no graph":
                return sketch;
        }

        sketch.Then("Conv", [sketch.Numbers(4, 3, 3, 3)]);
        var tensor = sketch.Model.Graph.Initializer[0];
        switch (fault)
        {
            case "a cut tensor":
                float[] seven = [.. tensor.FloatData.Take(7)];
                tensor.FloatData.Clear();
                tensor.FloatData.AddRange(seven);
                break;
            case "cut raw data":
                tensor.FloatData.Clear();
                tensor.RawData = ByteString.CopyFrom(new byte[100]);
                break;
            case "an impossible shape":
                tensor.Dims[0] = long.MaxValue / 2;
                break;
            case "external file that is missing":
                Outside(tensor, "weights.bin", 0, 432);
                break;
            case "external file elsewhere":
                Outside(tensor, "../weights.bin", 0, 432);
                break;
            default:
                _folder.File("weights.bin", [1, 2, 3, 4, 5]);
                Outside(tensor, "weights.bin", 0, 432);
                break;
        }

        return sketch;
    }

    private static void Outside(Tensor tensor, string file, long offset, long length)
    {
        tensor.FloatData.Clear();
        tensor.DataLocation = 1;
        tensor.ExternalData.Add(new Entry { Key = "location", Value = file });
        tensor.ExternalData.Add(new Entry { Key = "offset", Value = $"{offset}" });
        tensor.ExternalData.Add(new Entry { Key = "length", Value = $"{length}" });
    }
}
