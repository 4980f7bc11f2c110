using System.Runtime.InteropServices;
using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using TorchSharp;

namespace PSTransfer.Core.Evaluation;

/// <summary>A prediction for one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Class">The most probable class; null where it is less probable than was asked.</param>
/// <param name="Probability">The highest probability, 0 to 1.</param>
/// <param name="Probabilities">Of every class, in the model's order; of the most probable ones, best first, where only these were asked
/// for.</param>
public sealed record Prediction(string Path, string? Class, double Probability, ClassProbabilities Probabilities)
{
    /// <summary>To be shown: characters that a terminal would obey are escaped.</summary>
    public override string ToString() => Printable.Record(nameof(Prediction), PrintMembers);
}

/// <summary>The features of one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Feature">The globally average-pooled output of the layer, one number per channel.</param>
public sealed record ImageFeature(string Path, IReadOnlyList<float> Feature)
{
    /// <summary>To be shown: characters that a terminal would obey are escaped.</summary>
    public override string ToString() => Printable.Record(nameof(ImageFeature), PrintMembers);
}

/// <summary>A file that was decoded, or was not.</summary>
/// <param name="Path">The file.</param>
/// <param name="Pixels">H×W×C bytes of the model's size; the images of one call of <see cref="Predictor.ReadAsync"/> lie side by side in
/// memory.</param>
/// <param name="Fault">Why the file couldn't be read; null where it could.</param>
public sealed record ReadImage(string Path, ReadOnlyMemory<byte> Pixels, PSTransferException? Fault);

/// <summary>Runs image files through a model in the inference phase, in the order given.</summary>
/// <param name="network">The model; changes to its weights after the first prediction aren't seen.</param>
public sealed class Predictor(TransferNetwork network) : IDisposable
{
    private InferencePlan? _plan;

    /// <summary>Decodes image files and brings them to the model's size, on threads of their own.</summary>
    /// <returns>Each file's H×W×C bytes, or why it has none, in the order given.</returns>
    public Task<IReadOnlyList<ReadImage>> ReadAsync(IReadOnlyList<string> paths, CancellationToken token) =>
        Task.Run<IReadOnlyList<ReadImage>>(
            () =>
            {
                var images = new ReadImage[paths.Count];
                var length = network.InputShape.ByteCount;
                var all = new byte[images.Length * length];
                Parallel.For(
                    0,
                    images.Length,
                    new ParallelOptions { CancellationToken = token, MaxDegreeOfParallelism = Environment.ProcessorCount },
                    i =>
                    {
                        var pixels = all.AsMemory(i * length, length);
                        try
                        {
                            network.Pixels.Read(paths[i], pixels.Span);
                            images[i] = new ReadImage(paths[i], pixels, null);
                        }
                        catch (PSTransferException broken) when (broken.Kind == FaultKind.InvalidData)
                        {
                            var fault = new PSTransferException(
                                broken.Kind,
                                $"{broken.Message} Replace the file or leave it out; the other files go on unless -ErrorAction is Stop.",
                                broken.Target,
                                broken);
                            images[i] = new ReadImage(paths[i], pixels, fault);
                        }
                        catch (PSTransferException fault)
                        {
                            images[i] = new ReadImage(paths[i], pixels, fault);
                        }
                    });
                return images;
            },
            token);

    /// <summary>Class probabilities of a batch of images.</summary>
    /// <param name="images">At least one, each with pixels.</param>
    /// <param name="top">How many of the most probable classes to give; null for all.</param>
    /// <param name="threshold">What is less probable has no class.</param>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<ReadImage> images, int? top = null, double threshold = 0)
    {
        using var hold = network.Use.Read("being used for predictions");
        var objective = Objective.For(network);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var pixels = Batch(images, channelsLast: true);
        _plan ??= new InferencePlan(network);
        var probabilities = objective.Probabilities(_plan.Forward(pixels)).cpu();
        var columns = (int)probabilities.shape[1];
        var values = probabilities.data<float>().ToArray();
        var classes = network.Classes.Count > 0 ? network.Classes : [.. Enumerable.Range(0, columns).Select(i => $"{i}")];
        return [.. images.Select((image, i) =>
        {
            var row = classes.Zip(values.Skip(i * columns).Take(columns), (name, p) => KeyValuePair.Create(name, (double)p)).ToList();
            var best = row.MaxBy(p => p.Value);
            var given = top is { } count ? row.OrderByDescending(p => p.Value).Take(count) : row;

            // NaN is neither below nor above: a broken model names no class.
            return new Prediction(image.Path, best.Value >= threshold ? best.Key : null, best.Value, new ClassProbabilities(given));
        })];
    }

    /// <summary>Features of a batch of images.</summary>
    /// <param name="images">At least one, each with pixels.</param>
    /// <param name="layerName">A backbone's layer; null for the backbone's output.</param>
    public IReadOnlyList<ImageFeature> Extract(IReadOnlyList<ReadImage> images, string? layerName)
    {
        using var hold = network.Use.Read("being used for features");
        var layer = layerName is null ? null : network.RequireBackboneLayer(layerName);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var pixels = Batch(images, channelsLast: false);
        var output = network.Features(pixels, ForwardPass.Inference, layer);
        var pooled = (output.dim() == 4 ? output.mean([2, 3]) : output).cpu(); // Keras' squeeze and excitation has layers of vectors
        var columns = (int)pooled.shape[1];
        var values = pooled.data<float>().ToArray();
        return [.. images.Select((image, i) =>
            new ImageFeature(image.Path, new Listed<float>(values[(i * columns)..((i + 1) * columns)])))];
    }

    /// <inheritdoc/>
    public void Dispose() => _plan?.Dispose();

    private torch.Tensor Batch(IReadOnlyList<ReadImage> images, bool channelsLast)
    {
        var shape = network.InputShape;
        if (SideBySide(images, shape.ByteCount) is not { } run)
        {
            return BatchLoader.Pixels(
                images.Count, shape, network.Device, (i, destination) => images[i].Pixels.Span.CopyTo(destination), channelsLast);
        }

        using var bytes = torch.frombuffer(run.Array!, torch.uint8, run.Count, run.Offset);
        using var view = bytes.view(images.Count, shape.Height, shape.Width, shape.Channels);
        return BatchLoader.OnDevice(view, network.Device, channelsLast);
    }

    /// <summary>
    /// The memory of all images as one; null where they don't lie side by side, since a file between them couldn't be read.
    /// </summary>
    private static ArraySegment<byte>? SideBySide(IReadOnlyList<ReadImage> images, int length)
    {
        var parts = images.Select(image => MemoryMarshal.TryGetArray(image.Pixels, out var part) ? part : default).ToList();
        return parts[0].Array is not null
            && parts.Index().All(part => part.Item.Array == parts[0].Array && part.Item.Offset == parts[0].Offset + (part.Index * length))
            ? new ArraySegment<byte>(parts[0].Array!, parts[0].Offset, parts.Count * length)
            : (ArraySegment<byte>?)null;
    }
}
