using System.Security.Cryptography;
using System.Text;
using PSTransfer.Core.Data;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>What a trained model answered to a picture, so that another machine or version can be held against it.</summary>
/// <param name="Name">The picture's path within its set, with / between folders; its number where many pictures share a file.</param>
/// <param name="Label">Its class.</param>
/// <param name="Content">SHA-256 of its file, or of its pixels where many share a file; hexadecimal.</param>
/// <param name="Length">Bytes of its file; null where many share a file.</param>
/// <param name="Pixels">SHA-256 of the H×W×C bytes that the network was given; hexadecimal.</param>
/// <param name="Probabilities">Of each class, in the model's order.</param>
public sealed record ReferencePicture(
    string Name, string Label, string Content, long? Length, string Pixels, IReadOnlyList<float> Probabilities);

/// <summary>Pictures with the answers that the model gave at the end of its training, on the machine that trained it.</summary>
/// <param name="Made">The version of PSTransfer and the platform, in words.</param>
/// <param name="Path">The pixel path, in words.</param>
/// <param name="Weights">SHA-256 over all tensors, hexadecimal; null until the model is written.</param>
/// <param name="Pictures">The pictures.</param>
public sealed record Reference(string Made, string Path, string? Weights, IReadOnlyList<ReferencePicture> Pictures)
{
    /// <summary>How many pictures are kept, if the set has as many.</summary>
    public const int Count = 32;

    /// <summary>Asks the model for its answers to pictures that are evenly spaced over a set, and so over its classes.</summary>
    /// <param name="network">A trained model.</param>
    /// <param name="data">At least one image with a class that the model knows.</param>
    public static Reference Make(TransferNetwork network, LabeledImages data)
    {
        var images = network.Bind(data);
        var count = Math.Min(Count, images.Count);
        int[] chosen = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * images.Count / count))];
        var pictures = Answers(network, images, chosen).Zip(chosen, (answer, index) => new ReferencePicture(
            images.RelativePathOf(index) ?? FormattableString.Invariant($"{index}"),
            images.Classes[images.LabelOf(index)],
            images.ContentHash(index),
            images.PathOf(index) is { } path ? new FileInfo(path).Length : null,
            answer.Pixels,
            answer.Probabilities));
        return new Reference(Here, $"{network.Pixels}", null, [.. pictures]);
    }

    /// <summary>The version of PSTransfer and the platform, in words.</summary>
    public static string Here =>
        $"PSTransfer {typeof(Reference).Assembly.GetName().Version?.ToString(3)}, "
        + $"{System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}";

    /// <summary>The hash of the pixels and the probabilities of some images, always in batches of the same size.</summary>
    internal static IEnumerable<(string Pixels, IReadOnlyList<float> Probabilities)> Answers(
        TransferNetwork network, LabeledImages bound, IEnumerable<int> indices)
    {
        using var predictor = new Predictor(network);
        foreach (var batch in indices.Chunk(Count))
        {
            var images = batch.Select(index =>
            {
                var pixels = new byte[network.InputShape.ByteCount];
                bound.Read(index, pixels);
                return new ReadImage(string.Empty, pixels, null);
            }).ToList();
            foreach (var (image, prediction) in images.Zip(predictor.Predict(images)))
            {
                var hash = Convert.ToHexStringLower(SHA256.HashData(image.Pixels));
                yield return (hash, [.. prediction.Probabilities.Select(p => (float)p.Value)]);
            }
        }
    }

    /// <summary>SHA-256 over the names and numbers of all tensors, hexadecimal.</summary>
    internal static string HashOf(TransferNetwork network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in network.State)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name + "\n"));
            using var plain = tensor.detach();
            using var host = plain.cpu();
            using var dense = host.contiguous();
            hash.AppendData(dense.bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
