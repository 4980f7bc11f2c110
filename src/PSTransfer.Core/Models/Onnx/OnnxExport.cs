using System.Text.Json;
using Google.Protobuf;
using PSTransfer.Core.Backbones.Onnx;
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

    private const string Pixels = "pixels";
    private const string Logits = OnnxNetwork.Logits;
    private const string Probabilities = "probabilities";
    private const string Features = "features";
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
        graph.Input.Add(Value(Pixels, shape.Channels, shape.Height, shape.Width));
        var writer = new OnnxWriter(graph);
        using var plan = folds ? new InferencePlan(network, network.HeadGraph is null ? Last(network) : null) : null;
        var value = writer.Write(network.Pixels.Preprocessing, Pixels);
        value = writer.Write(plan?.Backbone ?? network.Backbone, value);
        if (network.Head is { } head)
        {
            writer.AddOutput(Logits, "Identity", [writer.Write(plan?.Head ?? network.HeadGraph!, value)]);
            AddProbabilities(writer, head.ClassCount);
            graph.Output.Add(Value(Probabilities, Math.Max(head.ClassCount, 2)));
            graph.Output.Add(Value(Logits, head.ClassCount));
        }
        else
        {
            writer.AddOutput(Features, "Identity", [value]);
            var features = network.Backbone.OutputShape;
            graph.Output.Add(features.IsVector
                ? Value(Features, features.Channels)
                : Value(Features, features.Channels, features.Height, features.Width));
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

    /// <summary>The probabilities of all classes; of both if a binary classifier has one logit.</summary>
    private static void AddProbabilities(OnnxWriter writer, int logits)
    {
        if (logits > 1)
        {
            writer.AddOutput(Probabilities, "Softmax", [Logits], ("axis", 1));
            return;
        }

        var negative = writer.Add("negative", "Neg", [Logits]);
        var both = writer.Add("both_logits", "Concat", [negative, Logits], ("axis", 1));
        writer.AddOutput(Probabilities, "Sigmoid", [both]);
    }

    /// <summary>A value of the graph for any number of pictures.</summary>
    private static Value Value(string name, params ReadOnlySpan<int> sizes)
    {
        var shape = new Shape { Dim = { new Dimension { DimParam = "N" } } };
        foreach (var size in sizes)
        {
            shape.Dim.Add(new Dimension { DimValue = size });
        }

        return new Value { Name = name, Type = new() { TensorType = new() { ElemType = 1, Shape = shape } } };
    }
}
