using PSTransfer.Core.Data;
using PSTransfer.Core.Layers;
using PSTransfer.Core.Training;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>A prediction for one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Class">The most probable class.</param>
/// <param name="Probability">Its probability, 0 to 1.</param>
/// <param name="Probabilities">Of every class, in the model's order.</param>
public sealed record Prediction(string Path, string Class, double Probability, IReadOnlyDictionary<string, double> Probabilities);

/// <summary>The features of one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Feature">The globally average-pooled output of the layer, one number per channel.</param>
public sealed record ImageFeature(string Path, IReadOnlyList<float> Feature);

/// <summary>Runs image files through a model in the inference phase, in the order given.</summary>
public sealed class Predictor(TransferNetwork network)
{
    /// <summary>Decodes an image file and brings it to the model's size.</summary>
    /// <returns>H×W×C bytes.</returns>
    /// <exception cref="PSTransferException">The file isn't an image that can be read; the message names it.</exception>
    public byte[] Read(string path)
    {
        var pixels = new byte[network.InputShape.ByteCount];
        new FileStore(string.Empty, [path]).Read(0, network.InputShape, network.Spec.Resize, pixels);
        return pixels;
    }

    /// <summary>Class probabilities of a batch of files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="images">What <see cref="Read"/> gave for each.</param>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<string> paths, IReadOnlyList<byte[]> images)
    {
        var objective = Objective.For(network);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var pixels = Batch(images);
        var probabilities = objective.Probabilities(network.Forward(pixels, ForwardPass.Inference)).cpu();
        var columns = (int)probabilities.shape[1];
        var values = probabilities.data<float>().ToArray();
        var classes = network.Classes.Count > 0 ? network.Classes : [.. Enumerable.Range(0, columns).Select(i => $"{i}")];
        return [.. paths.Select((path, i) =>
        {
            var row = classes.Zip(values.Skip(i * columns).Take(columns), (name, p) => KeyValuePair.Create(name, (double)p)).ToList();
            var best = row.MaxBy(p => p.Value);
            return new Prediction(path, best.Key, best.Value, new Dictionary<string, double>(row));
        })];
    }

    /// <summary>Features of a batch of files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="images">What <see cref="Read"/> gave for each.</param>
    /// <param name="layerName">A backbone's layer; null for the backbone's output.</param>
    public IReadOnlyList<ImageFeature> Extract(IReadOnlyList<string> paths, IReadOnlyList<byte[]> images, string? layerName)
    {
        var layer = layerName is null ? null : network.Backbone.Layers.FirstOrDefault(l => l.Name.Equals(layerName, StringComparison.OrdinalIgnoreCase))
            ?? throw new PSTransferException(
                FaultKind.NotFound, $"{network.Spec.Name} has no layer '{layerName}'. {Nearest.Hint(layerName, network.Backbone.Layers.Select(l => l.Name))} Get-ModelLayer lists them.", layerName);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var pixels = Batch(images);
        var output = network.Features(pixels, ForwardPass.Inference, layer);
        var pooled = (output.dim() == 4 ? output.mean([2, 3]) : output).cpu(); // Keras' squeeze and excitation has layers of vectors
        var columns = (int)pooled.shape[1];
        var values = pooled.data<float>().ToArray();
        return [.. paths.Select((path, i) => new ImageFeature(path, values[(i * columns)..((i + 1) * columns)]))];
    }

    private torch.Tensor Batch(IReadOnlyList<byte[]> images) =>
        BatchLoader.Pixels(images.Count, network.InputShape, network.Device, (i, destination) => images[i].CopyTo(destination));
}
