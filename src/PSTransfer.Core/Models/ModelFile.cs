using System.Text.Json;
using System.Text.Json.Serialization;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Description;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Safetensors;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>
/// Reads and writes a model in one safetensors file. Its metadata describe the network under "pstransfer". Any safetensors reader can load
/// the tensors, and nothing in the file can run code.
/// </summary>
public static partial class ModelFile
{
    private const string Key = "pstransfer";
    private const int Version = 3;

    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a validation loss may be NaN
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Writes a whole model, or nothing.</summary>
    /// <exception cref="PSTransferException">The path exists and may not be replaced, or can't be written.</exception>
    public static void Save(TransferNetwork network, string path, bool overwrite)
    {
        using var hold = network.Use.Read("being exported");
        Write(network, path, overwrite);
    }

    /// <summary>Reads a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="warn">Called with each warning, such as about a value that an older file lacks and that is assumed.</param>
    /// <param name="resize">The resize rule that the model was trained with, if its file doesn't keep it; null for the backbone's
    /// own.</param>
    /// <exception cref="PSTransferException">The file isn't a model, is damaged, or was made by a newer version; the message says
    /// where.</exception>
    public static TransferNetwork Load(string path, Action<string>? warn = null, ResizeRule? resize = null)
    {
        using var file = SafetensorsFile.Open(path);
        var description = Describe(file, path);
        TransferNetwork? network = null;
        try
        {
            var spec = SpecOf(description, file, path);
            var pixels = PixelsOf(description, spec, path, warn, resize);
            network = TransferNetwork.Create(spec, pixels.Shape, seed: null);
            network.Name = description.Name;
            network.SetPixels(pixels, description.PixelsAreFixed ?? description.History.Count > 0);
            if (description.Head is { } head)
            {
                CheckSize(head, network.Backbone.OutputShape, file, path);
                network.SetHead(head, seed: null);
            }

            Restore(network, file, path);
            network.Reference = description.Reference;
            return network;
        }
        catch (Exception exception)
        {
            network?.Dispose();
            throw exception is PSTransferException { Kind: FaultKind.InvalidArgument }
                ? new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: the model's description in the header is damaged: {exception.Message}",
                    path,
                    exception)
                : exception;
        }
    }

    /// <summary>Writes the model; a checkpoint adds more metadata and tensors.</summary>
    internal static void Write(
        TransferNetwork network,
        string path,
        bool overwrite,
        string? extraKey = null,
        string? extra = null,
        IEnumerable<KeyValuePair<string, torch.Tensor>>? tensors = null)
    {
        var description = new Description(
            Version, network.Name, network.Spec.Name, network.Head, network.Classes,
            network.Layers.ToDictionary(
                layer => layer.Name,
                layer =>
                    new LayerState(
                        layer.Mode, (layer as BatchNorm)?.Momentum, (layer as BatchNorm)?.Estimator, (layer as BatchNorm)?.Epsilon)),
            network.History,
            PixelPathText.Of(network.Pixels),
            network.PixelsAreFixed,
            network.Reference is { } reference ? reference with { Hash = reference.HashOf(network) } : null,
            network.Spec.Family,
            GraphText.Of(network.Backbone));
        var metadata = new Dictionary<string, string> { [Key] = JsonSerializer.Serialize(description, Json) };
        if (extraKey is not null)
        {
            metadata[extraKey] = extra!;
        }

        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var all = network.State.Concat(tensors ?? []).Select(t => (t.Key, t.Value.cpu())).ToList();
        AtomicFile.Write(path, overwrite, stream => SafetensorsWriter.Write(stream, metadata, all));
    }

    /// <summary>Whether a file is a model or a checkpoint.</summary>
    internal static bool IsOne(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            return file.Metadata.ContainsKey(Key);
        }
        catch (PSTransferException)
        {
            return false;
        }
    }

    /// <summary>Refuses a checkpoint of a different network.</summary>
    /// <exception cref="PSTransferException">InvalidData: the networks differ.</exception>
    internal static void RequireArchitecture(TransferNetwork network, SafetensorsFile file, string path)
    {
        var description = Describe(file, path);
        var found = Architecture(description.Backbone, PixelsOf(description, network.Spec, path), description.Head);
        var expected = Architecture(network.Spec.Name, network.Pixels, network.Head);
        if (found == expected && description.Graph?.FirstDifference(GraphText.Of(network.Backbone)) is { } difference)
        {
            (found, expected) = ($"{found}, {difference.This}", $"one with {difference.Other}");
        }

        if (found != expected)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: this is a file of {found}, but the model is {expected}. "
                + $"Build the model as it was for that run, or start anew without {Option.Name("Resume")}.",
                path);
        }
    }

    /// <summary>The version of the picture decoder with which a file's model or run was made.</summary>
    internal static int DecoderOf(SafetensorsFile file, string path) => Describe(file, path).Pixels?.Decoder ?? PixelPath.OlderDecoder;

    /// <summary>Copies the file's tensors, modes, classes and history to a network of the same architecture.</summary>
    internal static void Restore(TransferNetwork network, SafetensorsFile file, string path)
    {
        var description = Describe(file, path);
        using (torch.no_grad())
        {
            foreach (var (name, tensor) in network.State)
            {
                Read(file, name, tensor);
            }
        }

        foreach (var layer in network.Layers)
        {
            Apply(layer, description, path);
        }

        network.Classes = description.Classes;
        network.History = description.History;
    }

    /// <summary>Fills a tensor on any device.</summary>
    internal static void Read(SafetensorsFile file, string name, torch.Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU)
        {
            file.ReadInto(name, tensor);
            return;
        }

        using var host = torch.empty_like(tensor, device: torch.CPU, requires_grad: false);
        file.ReadInto(name, host);
        tensor.copy_(host);
    }

    /// <summary>
    /// The backbone's description: the tables' by its name, with the layers that the file lists. A file of version 1 or 2 lists none.
    /// </summary>
    private static BackboneSpec SpecOf(Description description, SafetensorsFile file, string path)
    {
        var known = BackboneCatalogue.All.FirstOrDefault(spec => spec.Name == description.Backbone);
        if (description.Graph is not { } graph)
        {
            return known ?? throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: the model's backbone is '{Printable.Text(description.Backbone)}', which this PSTransfer doesn't know. "
                + $"{Nearest.Hint(Printable.Text(description.Backbone), BackboneCatalogue.All.Select(spec => spec.Name))} Update "
                + "PSTransfer, or export the model again.",
                path);
        }

        var numbers = file.Tensors.Values.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
        var spec = known ?? BackboneSpec.Described(description.Backbone, description.Family!.Value, description.Pixels!.Preprocessing);
        return spec with { Family = description.Family!.Value, Layout = builder => graph.WriteTo(builder, numbers) };
    }

    /// <summary>The pixel path in the file, or the assumed one if the file is older than that entry.</summary>
    private static PixelPath PixelsOf(
        Description description, BackboneSpec spec, string path, Action<string>? warn = null, ResizeRule? resize = null)
    {
        if (description.Pixels is not { } text)
        {
            var shape = description.InputShape!.Value;
            if (resize is null && description.History.Count > 0)
            {
                var whole = spec.Resize == ResizeRule.Crop && ImageResizer.Margin(shape) > 1
                    ? " Crop took pictures that already had the model's size whole then: if the images were such, give Stretch."
                    : string.Empty;
                warn?.Invoke(
                    $"{path}: an older PSTransfer wrote this file and didn't keep how pictures are brought to size. "
                    + $"{spec.Resize} is assumed, the rule of {spec.Name}. If the images were imported with another -Resize, "
                    + $"give it to Import-TransferModel, and export the model again.{whole}");
            }

            return new PixelPath(shape, resize ?? spec.Resize, description.Preprocessing!.Value) { Decoder = PixelPath.OlderDecoder };
        }

        var pixels = text.ToPath(out var link) ?? throw new PSTransferException(
            FaultKind.InvalidData,
            $"{path}: the model was trained on pictures read with {Printable.Text(link!)}, "
            + "which this PSTransfer can't do. Update PSTransfer.",
            path);
        if (resize is { } other && other != pixels.Resize)
        {
            throw new PSTransferException(
                FaultKind.InvalidOperation,
                $"{path}: -Resize {other} is for files that don't keep the rule, and this one does: {pixels.Resize}. Leave -Resize out.",
                nameof(ImageDatasetOptions.Resize));
        }

        if (pixels.Decoder != ImageDecoder.Version)
        {
            warn?.Invoke(
                $"{path}: the model was trained with version {pixels.Decoder} of the picture decoder, "
                + $"this is version {ImageDecoder.Version}. "
                + "Some pictures may decode to other pixels; "
                + "Test-Deployment tells whether answers change.");
        }

        return pixels;
    }

    private static string Architecture(string backbone, PixelPath pixels, Head? head) =>
        $"a {Printable.Text(backbone)} on {pixels.Shape} images, preprocessing {pixels.Preprocessing}, "
            + (head is null
                ? "without a head"
                : $"with the head {head.Pooling}, "
                + $"{string.Join(", ", head.HiddenUnits.Append(head.ClassCount))}, dropout {head.Dropout}");

    /// <summary>
    /// Checks the description's numbers against the tensors before memory is allocated. The tensors were checked against the file's size.
    /// </summary>
    private static void CheckSize(Head head, FeatureShape features, SafetensorsFile file, string path)
    {
        foreach (var (name, outputs, inputs) in head.Weights(features))
        {
            if (!file.Tensors.TryGetValue(name, out var entry) || !entry.Shape.SequenceEqual([outputs, inputs]))
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: by its description the head has a tensor {name} of {outputs}×{inputs}, but the file has "
                    + $"{(entry is null ? "none" : $"one of {string.Join('×', entry.Shape)}")}. The file is damaged; "
                    + "export the model again.",
                    path);
            }
        }
    }

    private static void Apply(Layer layer, Description description, string path)
    {
        if (!description.Layers.TryGetValue(layer.Name, out var state))
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: the model's description lacks the layer {layer.Name}. The file is damaged; export the model again.",
                path);
        }

        layer.Mode = state.Mode;
        if (layer is BatchNorm norm)
        {
            norm.Momentum = state.Momentum ?? norm.Momentum;
            norm.Estimator = state.Estimator ?? norm.Estimator;
            norm.Epsilon = state.Epsilon ?? norm.Epsilon;
        }
    }
}
