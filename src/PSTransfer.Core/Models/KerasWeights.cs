using System.Runtime.InteropServices;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Layers;
using PSTransfer.Core.Weights;
using PSTransfer.Core.Weights.KerasH5;
using PSTransfer.Core.Weights.Safetensors;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>Loads a backbone's weights from Keras' .h5: kernels height × width × in × out become out × in × height × width.</summary>
internal static class KerasWeights
{
    /// <summary>Reads every tensor of the backbone, and sets eps by the names in the file. Nothing is changed before names and shapes agree.</summary>
    /// <exception cref="PSTransferException">The file is of another network or damaged; the message names the first tensor concerned.</exception>
    public static BackboneWeights.LoadReport Load(TransferNetwork network, string path)
    {
        using var file = KerasFile.Open(path);
        var spec = network.Spec;
        if (spec.Family != BackboneFamily.Keras)
        {
            var twin = BackboneCatalogue.All.FirstOrDefault(other => other.Name == $"keras-{spec.Name}");
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: these are Keras weights, but {spec.Name} is torchvision's network; the two differ in more than names. {(twin is null ? "Get-Backbone lists the backbones in Keras' layout (keras-...)." : $"Try {twin.Name}.")}",
                path);
        }

        var names = spec.OlderNames is { } older && Tensors(file).Any(tensor => network.Backbone.Layers.Any(layer => older.Of(layer.Name) == tensor.Layer || older.Of(layer.Name) == tensor.InnerLayer))
            ? older
            : null;
        var sources = Match(network, file, path, names);

        using var _ = torch.no_grad();
        foreach (var (name, tensor) in network.Backbone.Layers.SelectMany(layer => layer.State))
        {
            var source = sources[name];
            using var keras = torch.empty([.. source.Shape]);
            file.Read(source, MemoryMarshal.Cast<byte, float>(keras.bytes));
            using var ours = tensor.dim() switch
            {
                4 => keras.permute(3, 2, 0, 1),
                2 => keras.permute(1, 0),
                _ => keras.alias(),
            };
            tensor.copy_(ours);
        }

        foreach (var norm in network.Backbone.Layers.OfType<BatchNorm>())
        {
            norm.Epsilon = names?.Epsilon ?? spec.Epsilon;
        }

        var used = sources.Values.ToHashSet();
        return new BackboneWeights.LoadReport(
            [.. sources.Keys],
            [.. Tensors(file).Where(tensor => !used.Contains(tensor)).Select(tensor => tensor.Name)],
            names is null ? null : FormattableString.Invariant($"The older layer names: eps is {names.Epsilon}, and the first pooling is padded, as in Keras since."));
    }

    /// <summary>The file's tensor for each of the backbone's, by our full name.</summary>
    private static Dictionary<string, KerasTensor> Match(TransferNetwork network, KerasFile file, string path, OlderNames? older)
    {
        var layers = network.Backbone.Layers.Where(layer => layer.State.Any()).ToDictionary(layer => older?.Of(layer.Name) ?? layer.Name);
        var sources = new Dictionary<string, KerasTensor>();
        var strangers = new List<KerasTensor>();
        foreach (var tensor in Tensors(file))
        {
            // The file's list comes first: a layer made twice in one process has another name inside of its tensors' (conv1_conv_1/kernel).
            if (!layers.TryGetValue(tensor.Layer, out var layer) && !layers.TryGetValue(tensor.InnerLayer ?? string.Empty, out layer))
            {
                strangers.Add(tensor);
            }
            else if (tensor.Role is not { } role || layer.State.All(state => state.Key != $"{layer.Name}.{role}") || !sources.TryAdd($"{layer.Name}.{role}", tensor))
            {
                throw Wrong(path, $"{Show(tensor)}: expected {string.Join(", ", layer.State.Select(state => state.Key))}, each once, for the layer {layer.Name}, found this besides.");
            }
        }

        var wanted = layers.SelectMany(pair => pair.Value.State.Select(state => (Layer: pair.Key, Name: state.Key, Tensor: state.Value))).ToList();
        var missing = wanted.Where(tensor => !sources.ContainsKey(tensor.Name)).ToList();
        if (missing.Count > 0)
        {
            throw Wrong(
                path,
                $"{missing.Count} of {wanted.Count} tensors of {network.Spec.Name} are missing, first {missing[0].Name} (layer {missing[0].Layer}). The file has {file.Tensors.Count} tensors. {Nearest.Hint(missing[0].Layer, Tensors(file).Select(tensor => SafetensorsFile.Printable(tensor.Layer)).Distinct())} Are these weights of another backbone?");
        }

        foreach (var (_, name, tensor) in wanted)
        {
            var expected = KerasShape(tensor.shape);
            if (!sources[name].Shape.SequenceEqual(expected))
            {
                throw Wrong(
                    path,
                    $"{Show(sources[name])}: expected {SafetensorsFile.Show(expected)}, found {SafetensorsFile.Show(sources[name].Shape)}; {(sources[name].Shape.SequenceEqual(tensor.shape) ? "that is PyTorch's order (out, in, height, width): was the file converted from it?" : "are these weights of another backbone or input shape?")}");
            }
        }

        // The old classifier is dense; a convolution that isn't ours means another network.
        if (strangers.FirstOrDefault(tensor => tensor.Shape.Count > 2) is { } unexpected)
        {
            throw Wrong(path, $"{network.Spec.Name} has no layer {SafetensorsFile.Printable(unexpected.InnerLayer ?? unexpected.Layer)} (tensor {Show(unexpected)}). Are these weights of another backbone?");
        }

        return sources;
    }

    private static IEnumerable<KerasTensor> Tensors(KerasFile file) => file.Tensors.Cast<KerasTensor>();

    private static long[] KerasShape(long[] ours) => ours switch
    {
        [var outputs, var inputs, var height, var width] => [height, width, inputs, outputs],
        [var outputs, var inputs] => [inputs, outputs],
        _ => ours,
    };

    private static string Show(KerasTensor tensor) => SafetensorsFile.Printable(tensor.Name);

    private static PSTransferException Wrong(string path, string what) => new(FaultKind.InvalidData, $"{path}: {what}", path);
}
