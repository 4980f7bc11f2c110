using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PSTransfer.Core.Networks.Layers;
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
/// <param name="Hash">SHA-256 over the model and these answers, hexadecimal; null until the model is written.</param>
/// <param name="Pictures">The pictures.</param>
public sealed record Reference(string Made, string Path, string? Hash, IReadOnlyList<ReferencePicture> Pictures)
{
    /// <summary>How many pictures are kept, if the set has as many.</summary>
    public const int Count = 32;

    /// <summary>The version of PSTransfer and the platform, in words.</summary>
    public static string Here =>
        $"PSTransfer {typeof(Reference).Assembly.GetName().Version?.ToString(3)}, "
        + $"{System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}";

    /// <summary>
    /// SHA-256 over all that decides an answer: tensors, layers, class names; and over the answers themselves. Hexadecimal.
    /// </summary>
    internal string HashOf(TransferNetwork network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add($"{network.Spec.Name} {network.Head?.Pooling} {string.Join(' ', network.Head?.HiddenUnits ?? [])}\n{string.Join('\n', network.Classes)}\n");
        foreach (var layer in network.Layers)
        {
            Add($"{layer.Name} {layer.Kind} {(layer as BatchNorm)?.Epsilon}\n");
        }

        foreach (var picture in Pictures)
        {
            Add($"{picture.Name} {picture.Label} {picture.Content} {picture.Pixels} {string.Join(' ', picture.Probabilities.Select(Number))}\n");
        }

        foreach (var (name, tensor) in network.State)
        {
            Add($"{name}\n");
            hash.AppendData(tensor);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));

        static string Number(float p) => p.ToString("R", CultureInfo.InvariantCulture);
    }
}
