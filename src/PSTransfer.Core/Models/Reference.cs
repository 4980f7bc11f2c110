using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PSTransfer.Core.Networks.Layers;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>A trained model's answer to a picture, to compare other machines and versions with.</summary>
/// <param name="Name">The picture's path within its set, with / between folders; the picture's number if many share a file.</param>
/// <param name="Label">The picture's class.</param>
/// <param name="Content">The SHA-256 of the picture's file, or of its pixels if many share a file; hexadecimal.</param>
/// <param name="Length">The length of the picture's file in bytes; null if many share a file.</param>
/// <param name="Pixels">The SHA-256 of the H×W×C bytes that the network received; hexadecimal.</param>
/// <param name="Probabilities">The probability of each class, in the model's order.</param>
public sealed record ReferencePicture(
    string Name, string Label, string Content, long? Length, string Pixels, IReadOnlyList<float> Probabilities);

/// <summary>Pictures with a model's answers at the end of its training, on the machine that trained it.</summary>
/// <param name="Made">The version of PSTransfer and the platform, in words.</param>
/// <param name="Path">The pixel path, in words.</param>
/// <param name="Hash">SHA-256 over the model and these answers, hexadecimal; null until the model is written.</param>
/// <param name="Pictures">The pictures.</param>
public sealed record Reference(string Made, string Path, string? Hash, IReadOnlyList<ReferencePicture> Pictures)
{
    /// <summary>How many pictures are kept, if the set has enough.</summary>
    public const int Count = 32;

    /// <summary>The version of PSTransfer and the platform, in words.</summary>
    public static string Here =>
        $"PSTransfer {typeof(Reference).Assembly.GetName().Version?.ToString(3)}, "
        + $"{System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}";

    /// <summary>
    /// The SHA-256 over all that decides an answer (tensors, layers, class names) and over the answers themselves, in hexadecimal.
    /// </summary>
    internal string HashOf(TransferNetwork network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(
            $"{network.Spec.Name} {network.Head?.Pooling} "
            + $"{string.Join(' ', network.Head?.HiddenUnits ?? [])}\n{string.Join('\n', network.Classes)}\n");
        foreach (var layer in network.Layers)
        {
            Add($"{layer.Name} {layer.Kind} {(layer as BatchNorm)?.Epsilon}\n");
        }

        foreach (var picture in Pictures)
        {
            Add(
                $"{picture.Name} {picture.Label} {picture.Content} {picture.Pixels} "
                + $"{string.Join(' ', picture.Probabilities.Select(Number))}\n");
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
