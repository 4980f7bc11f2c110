using System.Runtime.InteropServices;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models.Matching;
using PSTransfer.Core.Models.Onnx;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Weights;
using PSTransfer.Core.Weights.KerasH5;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>Exports a trained model for other programs.</summary>
public static class ModelExport
{
    /// <summary>The endings of file names for each format.</summary>
    public static FormatNames<ExportFormat> Names { get; } = new(
        "a model",
        [".keras", ".pth", ".pt", ".bin", ".tflite", ".pb", ".json", ".npz", ".zip"],
        (ExportFormat.Model, [".pst", ".safetensors"]),
        (ExportFormat.KerasH5, [".h5", ".hdf5"]),
        (ExportFormat.Onnx, [".onnx"]));

    /// <summary>Writes a whole model, or nothing.</summary>
    /// <exception cref="PSTransferException">The path exists and may not be replaced, or can't be written, or a Keras format is asked for a
    /// backbone of another framework.</exception>
    /// <param name="network">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="format">The file's format.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="folds">Whether BatchNorm is folded into convolutions; for ONNX alone.</param>
    public static void Save(TransferNetwork network, string path, ExportFormat format, bool overwrite, bool folds = false)
    {
        if (folds && format != ExportFormat.Onnx)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                "-FoldBatchNorm is for ONNX files (.onnx); other formats keep each layer. Leave it out.",
                "FoldBatchNorm");
        }

        if (format == ExportFormat.Model)
        {
            ModelFile.Save(network, path, overwrite);
            return;
        }

        using var hold = network.Use.Read("being exported");
        if (format == ExportFormat.Onnx)
        {
            AtomicFile.Write(path, overwrite, stream => OnnxExport.Write(network, stream, folds));
            return;
        }

        if (network.Spec.Family != BackboneFamily.Keras)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"-Format {format} is for backbones in Keras' layout (keras-...), but {network.Name}'s backbone is {network.Spec.Name}: "
                + "Keras has no network that could load it. Export it as .safetensors or .pst (-Format Model): "
                + "that file's tensors have torchvision's names.",
                "Format");
        }

        // The head's layers are listed as head.dense1, but a model made in Keras names them dense1.
        IEnumerable<KerasLayerWeights> layers = network.Backbone.Layers.Select(layer => Describe(layer, layer.Name));
        if (network.HeadGraph is { } head)
        {
            var flattened = network.Head!.Pooling == Pooling.Flatten ? network.Backbone.OutputShape : (FeatureShape?)null;
            var first = head.Layers.OfType<Dense>().First();
            layers = layers.Concat(
                head.Layers.Select(layer => Describe(layer, layer.Name["head.".Length..], layer == first ? flattened : null)));
        }

        AtomicFile.Write(path, overwrite, stream => KerasH5Writer.Write(stream, [.. layers]));
    }

    private static KerasLayerWeights Describe(Layer layer, string name, FeatureShape? flattened = null) => new(
        name,
        [.. layer.State.Select(tensor => Describe(layer, name, tensor.Key[(layer.Name.Length + 1)..], tensor.Value, flattened))]);

    private static KerasWeight Describe(Layer layer, string name, string key, torch.Tensor ours, FeatureShape? flattened)
    {
        var wanted = WantedTensor.Of(layer, key, ours);
        return new KerasWeight($"{name}/{KerasName(layer, key)}:0", wanted.ShapeIn(WeightConvention.Keras), Fill);

        void Fill(Span<float> destination)
        {
            using var scope = torch.NewDisposeScope();
            using var _ = torch.no_grad();
            var values = ours.detach().cpu();

            // Keras flattens a map row by row with the channels innermost; torch flattens it with the channels outermost.
            if (flattened is { } map && key == "weight")
            {
                values = values.reshape(-1, map.Channels, map.Height, map.Width).permute(0, 2, 3, 1).reshape(values.shape);
            }

            var order = wanted.Order(WeightConvention.Keras);
            long[] inverse = [.. Enumerable.Range(0, order.Length).OrderBy(i => order[i]).Select(i => (long)i)];
            var theirs = values.permute(inverse).contiguous();
            MemoryMarshal.Cast<byte, float>(theirs.bytes).CopyTo(destination);
        }
    }

    private static string KerasName(Layer layer, string key) => (layer, key) switch
    {
        (BatchNorm, "weight") => "gamma",
        (BatchNorm, "bias") => "beta",
        (BatchNorm, "running_mean") => "moving_mean",
        (BatchNorm, "running_var") => "moving_variance",
        (Conv { IsDepthwise: true }, "weight") or (_, "depthwise") => "depthwise_kernel",
        (_, "pointwise") => "pointwise_kernel",
        (_, "weight") => "kernel",
        _ => key,
    };
}
