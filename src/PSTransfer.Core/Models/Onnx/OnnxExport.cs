using System.Text.Json;
using Google.Protobuf;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Files;
using PSTransfer.Core.Weights.Onnx.Format;
using TorchSharp;

namespace PSTransfer.Core.Models.Onnx;

/// <summary>
/// Writes a model as an ONNX file for other programs: pixels in, probabilities out. The preprocessing is part of the graph; decoding and
/// resizing aren't, and the metadata describe them.
/// </summary>
internal static class OnnxExport
{
    /// <summary>The metadata's entry for the class names, a JSON list.</summary>
    public const string ClassesKey = "classes";

    /// <summary>The metadata's entry for the way from a picture to the input, a JSON object.</summary>
    public const string PixelsKey = "pixels";

    /// <summary>The output with the logits.</summary>
    public const string Logits = "logits";

    private const int IrVersion = 8;
    private const int Opset = 17;

    /// <summary>Writes a model.</summary>
    /// <param name="network">The model.</param>
    /// <param name="stream">Receives the file.</param>
    /// <param name="folds">Whether BatchNorm is folded into the convolutions before it. The answers agree within rounding.</param>
    /// <exception cref="PSTransferException">InvalidArgument: the model is larger than an ONNX file can be, or a layer has no form in
    /// ONNX.</exception>
    public static void Write(TransferNetwork network, Stream stream, bool folds)
    {
        if (network.StateBytes > int.MaxValue - (1 << 20))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"'{network.Name}' has {network.StateBytes >> 20:N0} MiB of weights, and an ONNX file can have 2,048 MiB. "
                + "Export it as .safetensors or .pst.",
                "Format");
        }

        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var graph = new Graph { Name = network.Name };
        var shape = network.InputShape;
        graph.Input.Add(Value("pixels", null, shape.Channels, shape.Height, shape.Width));
        var writer = new OnnxWriter(graph);
        using var plan = folds ? new InferencePlan(network, network.HeadGraph is null ? Last(network) : null) : null;
        var value = writer.Write(network.Pixels.Preprocessing, "pixels", shape.Channels);
        value = writer.Write(plan?.Backbone ?? network.Backbone, value);
        if (network.Head is { } head)
        {
            value = writer.Write(plan?.Head ?? network.HeadGraph!, value);
            value = writer.Add(Logits, "Identity", [value]);
            Rename(graph, value, Logits);
            var probabilities = head.ClassCount == 1 ? BothClasses(writer) : writer.Add("probabilities", "Softmax", [Logits], ("axis", 1));
            Rename(graph, probabilities, "probabilities");
            graph.Output.Add(Value("probabilities", null, Math.Max(head.ClassCount, 2)));
            graph.Output.Add(Value(Logits, null, head.ClassCount));
        }
        else
        {
            Rename(graph, writer.Add("features", "Identity", [value]), "features");
            var features = network.Backbone.OutputShape;
            graph.Output.Add(features.IsVector
                ? Value("features", null, features.Channels)
                : Value("features", null, features.Channels, features.Height, features.Width));
        }

        var model = new Model
        {
            IrVersion = IrVersion,
            ProducerName = "PSTransfer",
            ProducerVersion = typeof(OnnxExport).Assembly.GetName().Version!.ToString(3),
            DocString = "Input: pixels of upright pictures in sRGB, 0 to 255, one picture after the other as channels, rows, columns. The "
                + "metadata's entry pixels says how a picture is brought to this size.",
            Graph = graph,
            OpsetImport = { new OperatorSet { Version = Opset } },
            MetadataProps =
            {
                new Entry { Key = ClassesKey, Value = JsonSerializer.Serialize(network.Classes) },
                new Entry { Key = PixelsKey, Value = JsonSerializer.Serialize(PixelPathText.Of(network.Pixels), ModelFile.Json) },
            },
        };
        model.WriteTo(stream);
    }

    private static Networks.NetworkCut Last(TransferNetwork network) => new(InHead: false, network.Backbone.Nodes.Count - 1);

    /// <summary>The probabilities of both classes from the one logit of a binary classifier.</summary>
    private static string BothClasses(OnnxWriter writer)
    {
        var negative = writer.Add("negative", "Neg", [Logits]);
        var both = writer.Add("both_logits", "Concat", [negative, Logits], ("axis", 1));
        return writer.Add("probabilities", "Sigmoid", [both]);
    }

    /// <summary>Gives the last operator's output another name.</summary>
    private static void Rename(Graph graph, string output, string name)
    {
        var node = graph.Node[^1];
        node.Output[0] = node.Output[0] == output ? name : throw new InvalidOperationException($"{output} isn't the last output.");
    }

    private static Value Value(string name, int? images, params ReadOnlySpan<int> sizes)
    {
        var shape = new Shape();
        shape.Dim.Add(images is { } count ? new Dimension { DimValue = count } : new Dimension { DimParam = "N" });
        foreach (var size in sizes)
        {
            shape.Dim.Add(new Dimension { DimValue = size });
        }

        return new Value { Name = name, Type = new() { TensorType = new() { ElemType = 1, Shape = shape } } };
    }
}
