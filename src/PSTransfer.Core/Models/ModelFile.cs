using System.Text.Json;
using System.Text.Json.Serialization;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
using PSTransfer.Core.Files;
using PSTransfer.Core.Freezing;
using PSTransfer.Core.Layers;
using PSTransfer.Core.Training;
using PSTransfer.Core.Weights.Safetensors;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>
/// A model in one file: safetensors, whose metadata say under "pstransfer" what the network is. Any safetensors reader can load the
/// tensors; nothing in the file can run code.
/// </summary>
public static class ModelFile
{
    private const string Key = "pstransfer";
    private const int Version = 1;

    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    private sealed record Description(
        int Version,
        string Name,
        string Backbone,
        ImageShape InputShape,
        Preprocessing Preprocessing,
        Head? Head,
        IReadOnlyList<string> Classes,
        IReadOnlyDictionary<string, LayerState> Layers,
        IReadOnlyList<EpochRecord> History);

    private sealed record LayerState(FreezeMode Mode, double? Momentum, VarianceEstimator? Estimator);

    /// <summary>Writes a model, whole or not at all.</summary>
    /// <exception cref="PSTransferException">The path exists and may not be replaced, or can't be written.</exception>
    public static void Save(TransferNetwork network, string path, bool overwrite)
    {
        network.ThrowIfDisposed();
        Write(network, path, overwrite);
    }

    /// <summary>Reads a model.</summary>
    /// <exception cref="PSTransferException">The file isn't a model, is damaged, or was made by a newer version; the message says where.</exception>
    public static TransferNetwork Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var description = Describe(file, path);
        var network = Build(description, path);
        try
        {
            Restore(network, file, path);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The network that a description tells of; its tensors are yet to be read.</summary>
    private static TransferNetwork Build(Description description, string path)
    {
        TransferNetwork? network = null;
        try
        {
            network = TransferNetwork.Create(BackboneCatalogue.Find(description.Backbone), description.InputShape, seed: null);
            network.Name = description.Name;
            network.Preprocessing = description.Preprocessing;
            if (description.Head is not null)
            {
                RequireFits(description.Head, network, path);
                network.SetHead(description.Head, seed: null);
            }

            return network;
        }
        catch (PSTransferException exception) when (exception.Kind is FaultKind.InvalidArgument or FaultKind.NotFound)
        {
            network?.Dispose();
            throw new PSTransferException(
                FaultKind.InvalidData, $"{path}: the file describes a model that can't be built. {exception.Message} Update PSTransfer, or export the model again.", path, exception);
        }
        catch
        {
            network?.Dispose();
            throw;
        }
    }

    /// <summary>A head's sizes are numbers from the file: memory is taken by them only when the file is long enough to fill it.</summary>
    private static void RequireFits(Head head, TransferNetwork network, string path)
    {
        var output = network.Backbone.OutputShape;
        var features = head.Pooling == Pooling.Flatten ? (double)output.Channels * output.Height * output.Width : output.Channels;
        double[] widths = [features, .. head.HiddenUnits, head.ClassCount];
        var bytes = sizeof(float) * widths.Zip(widths.Skip(1), (from, to) => from * to).Sum();
        var length = new FileInfo(path).Length;
        if (bytes > length)
        {
            throw new PSTransferException(
                FaultKind.InvalidData, $"{path}: the file describes a head of {bytes:0} bytes, but has {length} in all. It is damaged; export the model again.", path);
        }
    }

    /// <summary>Writes the model and, for a checkpoint, more metadata and tensors beside it.</summary>
    internal static void Write(
        TransferNetwork network, string path, bool overwrite, string? extraKey = null, string? extra = null, IEnumerable<KeyValuePair<string, torch.Tensor>>? tensors = null)
    {
        var description = new Description(
            Version, network.Name, network.Spec.Name, network.InputShape, network.Preprocessing, network.Head, network.Classes,
            network.Layers.ToDictionary(
                layer => layer.Name,
                layer => new LayerState(layer.Mode, (layer as BatchNorm)?.Momentum, (layer as BatchNorm)?.Estimator)),
            network.History);
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

    /// <summary>Opens a file that must hold the given network's tensors.</summary>
    /// <exception cref="PSTransferException">It is a file of another network.</exception>
    internal static SafetensorsFile OpenFor(TransferNetwork network, string path)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            var description = Describe(file, path);
            if (description.Backbone != network.Spec.Name || description.Head?.ClassCount != network.Head?.ClassCount)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: this is a file of a {description.Backbone} with {description.Head?.ClassCount ?? 0} logits, but the model is a {network.Spec.Name} with {network.Head?.ClassCount ?? 0}.",
                    path);
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Gives a network of the file's architecture the file's tensors, modes, classes and history.</summary>
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

    private static void Apply(Layer layer, Description description, string path)
    {
        if (!description.Layers.TryGetValue(layer.Name, out var state))
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: the model's description lacks the layer {layer.Name}. The file is damaged; export the model again.", path);
        }

        layer.Mode = state.Mode;
        if (layer is BatchNorm norm)
        {
            norm.Momentum = state.Momentum ?? norm.Momentum;
            norm.Estimator = state.Estimator ?? norm.Estimator;
        }
    }

    private static Description Describe(SafetensorsFile file, string path)
    {
        if (!file.Metadata.TryGetValue(Key, out var json))
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: these are weights, not a model exported by Export-TransferModel (the header has no \"{Key}\"). Load them with New-Backbone <name> -Weights <path>.",
                path);
        }

        try
        {
            var description = JsonSerializer.Deserialize<Description>(json, Json) ?? throw new JsonException("it is null");
            return description.Version == Version
                ? description
                : throw new PSTransferException(FaultKind.InvalidData, $"{path}: format version {description.Version}; this PSTransfer reads version {Version}. Update PSTransfer.", path);
        }
        catch (JsonException exception)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: the model's description in the header is damaged: {exception.Message}", path, exception);
        }
    }
}
