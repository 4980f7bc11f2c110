using System.Text.Json;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Backbones.Onnx;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Description;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using TorchSharp;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Models.Onnx;

/// <summary>
/// Makes a model of an ONNX file: its network as a backbone, or the whole as a classifier. The file describes the layers, but not what is
/// done to pixels before the first of them.
/// </summary>
public sealed record OnnxImport
{
    /// <summary>The ending of ONNX files.</summary>
    public const string Ending = ".onnx";

    private const int UsualSide = 224;

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Height, width and channels; height and width; or one side. Null for the file's own, or 224 where it leaves them open.
    /// </summary>
    public IReadOnlyList<int>? InputShape { get; init; }

    /// <summary>What is done to pixels before the first layer; null for what the file suggests.</summary>
    public Preprocessing? Preprocessing { get; init; }

    /// <summary>The rule by which images are brought to the input's size; null for Crop.</summary>
    public ResizeRule? Resize { get; init; }

    /// <summary>The node or value after which the network is cut; null to cut before the classifier.</summary>
    public string? Output { get; init; }

    /// <summary>Whether the classifier becomes the model's head; otherwise it is left out.</summary>
    public bool KeepsClassifier { get; init; }

    /// <summary>The names of the classes in the order of the logits; empty for what the file says, or numbers.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Whether a path names an ONNX file.</summary>
    public static bool Looks(string path) => path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the file.</summary>
    /// <param name="tell">Called with a sentence about what was read.</param>
    /// <param name="warn">Called with each warning, such as about what was assumed.</param>
    /// <exception cref="PSTransferException">The file isn't a network of pictures that can be read; the message names the node.</exception>
    public TransferNetwork Create(Action<string> tell, Action<string> warn)
    {
        ImageShape.Require(InputShape, nameof(InputShape));
        Native.LibTorch.EnsureLoaded();
        var file = OnnxNetwork.Open(Path, Output);
        var (height, width, channels) = file.OwnShape;
        var shape = ImageShape.Of(InputShape, new ImageShape(height ?? UsualSide, width ?? UsualSide, channels));
        Require(
            shape.Height <= Defaults.LargestSide && shape.Width <= Defaults.LargestSide,
            nameof(InputShape),
            $"is {shape.Height}×{shape.Width}, but sides of up to {Defaults.LargestSide} pixels are possible");
        if (KeepsClassifier && !file.HasClassifier)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{Path}: the network doesn't end in a dense layer, so it has no classifier to take over. "
                + $"Take its layers as a backbone: New-Backbone {PowerShellQuoting.Quoted(Path)}.",
                Path);
        }

        var graph = file.Build(shape);
        TransferNetwork? network = null;
        try
        {
            var preprocessing = PreprocessingFor(file, graph, warn);
            var text = GraphText.Of(graph);
            var name = System.IO.Path.GetFileNameWithoutExtension(Path);
            var spec = BackboneSpec.Described(name.Length > 0 ? name : "onnx", BackboneFamily.Torch, preprocessing) with
            {
                Reference = Path, Layout = builder => text.WriteTo(builder),
            };
            network = TransferNetwork.Create(spec, shape, graph);
            network.SetPixels(network.Pixels with { Resize = Resize ?? ResizeIn(file) ?? network.Pixels.Resize }, areFixed: false);
            if (KeepsClassifier)
            {
                AddClassifier(network, file, warn);
            }

            Tell(network, file, tell, warn);
            return network;
        }
        catch
        {
            (network as IDisposable ?? graph).Dispose();
            throw;
        }
    }

    /// <summary>
    /// The preprocessing of the pixels. A normalisation in the graph says which pixels it expects: from 0 to 255, or from 0 to 1. Without
    /// one the usual preprocessing of the program that wrote the file is assumed.
    /// </summary>
    private Preprocessing PreprocessingFor(OnnxNetwork file, Graph graph, Action<string> warn)
    {
        if (Preprocessing is { } given)
        {
            return given;
        }

        var numbers = graph.ByExecution
            .TakeWhile(layer => layer is Constant or Permute or Input or ChannelSlice or Concat)
            .OfType<Constant>()
            .SelectMany(constant =>
                constant.Buffers[0].Value.data<float>().Select(number => (constant.Multiplies, Number: Math.Abs(number))))
            .ToList();
        if (numbers.Count > 0)
        {
            var takesBytes = numbers.Any(one => one.Multiplies ? one.Number < 0.05f : one.Number > 3);
            return takesBytes ? PSTransfer.Preprocessing.None : PSTransfer.Preprocessing.Rescale;
        }

        var assumed = file.IsOfTensorFlow ? PSTransfer.Preprocessing.Tf : PSTransfer.Preprocessing.Torch;
        warn(
            $"{Path}: the file doesn't say what is done to pixels before the first layer. {assumed} is assumed, the usual way for "
            + $"{(file.Producer.Length > 0 ? $"networks from {file.Producer}" : "such networks")}. "
            + "If the network was trained otherwise, give -Preprocessing.");
        return assumed;
    }

    private void AddClassifier(TransferNetwork network, OnnxNetwork file, Action<string> warn)
    {
        using var classifier = file.BuildClassifier();
        var dense = classifier.Layers.OfType<Dense>().Last();
        var head = new Head
        {
            ClassCount = dense.Outputs,
            Pooling = network.Backbone.OutputShape.IsVector ? Pooling.Average : file.Pooling,
            Dropout = file.Dropout,
        };
        network.SetHead(head, seed: null);
        var logits = network.HeadGraph!.Layers.OfType<Dense>().Last();
        var (given, taken) = (logits.Parameters[0].Value.shape[1], dense.Parameters[0].Value.shape[1]);
        if (given != taken)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{Path}: the classifier takes {taken} values, and images of {network.InputShape} give {given}. "
                + "Leave -InputShape out, so that the file's own is taken.",
                nameof(InputShape));
        }

        using (torch.no_grad())
        {
            foreach (var (ours, theirs) in logits.Parameters.Zip(dense.Parameters))
            {
                ours.Value.copy_(theirs.Value);
            }
        }

        var count = dense.Outputs == 1 ? 2 : dense.Outputs;
        Require(
            Classes.Count == 0 || Classes.Count == count,
            "ClassName",
            $"names {Classes.Count} classes, and the network in {Path} has {count}");
        IReadOnlyList<string> named = Classes.Count > 0 ? Classes : ClassesIn(file);
        if (named.Count != count)
        {
            named = [.. Enumerable.Range(0, count).Select(i => $"{i}")];
            warn($"{Path}: the file doesn't name its {count} classes, so their numbers stand for names. -ClassName gives them names.");
        }

        network.Classes = named;
    }

    /// <summary>The class names in a file of PSTransfer's; none in others.</summary>
    private static string[] ClassesIn(OnnxNetwork file) =>
        Entry<string[]>(file, OnnxExport.ClassesKey) is { } names && Array.TrueForAll(names, name => name?.Length > 0) ? names : [];

    /// <summary>The resize rule in a file of PSTransfer's; null in others.</summary>
    private static ResizeRule? ResizeIn(OnnxNetwork file) =>
        Entry<PixelPathText>(file, OnnxExport.PixelsKey)?.ToPath(out _)?.Resize;

    /// <summary>An entry of PSTransfer's in the metadata; null if it isn't there, or is another program's of the same name.</summary>
    private static T? Entry<T>(OnnxNetwork file, string key)
        where T : class
    {
        try
        {
            return file.Metadata(key) is { } text ? JsonSerializer.Deserialize<T>(text, ModelFile.Json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Tell(TransferNetwork network, OnnxNetwork file, Action<string> tell, Action<string> warn)
    {
        var norms = network.BatchNorms.Count();
        tell(
            $"{Path}: {network.Backbone.Layers.Count} layers, {norms} of them BatchNorm, for images of {network.InputShape}"
            + (file.Producer.Length > 0 ? $", written by {file.Producer}." : "."));
        if (norms == 0 && network.Backbone.Layers.OfType<Conv>().Any())
        {
            warn(
                $"{Path}: the network has no BatchNorm layer. Exporters fold BatchNorm into convolutions unless they are told not to: then "
                + "there are no statistics left to test or to repair.");
        }
    }
}
