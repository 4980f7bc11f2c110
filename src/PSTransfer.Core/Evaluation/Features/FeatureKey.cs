using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks.Description;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>
/// Makes a key for features from all that they depend on, so that a file of features is only used for the data it was made from.
/// </summary>
internal static class FeatureKey
{
    /// <summary>
    /// Makes the key: 32 bytes of SHA-256 over the images' content, their augmentations, the preprocessing, and the prefix's layers with
    /// their weights.
    /// </summary>
    public static byte[] Of(
        TransferNetwork network,
        FixedPrefix prefix,
        LabeledImages images,
        AugmentedDraws? draws,
        Action<string, double>? report,
        CancellationToken token)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add($"{network.Spec.Name} at {network.InputShape}, {network.Pixels.Preprocessing}, {prefix.Cut}, {network.Device.type}\n");
        Add($"{JsonSerializer.Serialize(GraphText.Of(network.Backbone))}\n");
        var drawn = draws is null ? "as they are" : $"{draws} in batches of {FeatureCache.BatchSize(images)}";
        Add($"{drawn}\n");
        images.AddContent(hash, report, token);
        foreach (var layer in prefix.Layers)
        {
            Add($"{layer.Name} {layer.Kind} {(layer as BatchNorm)?.Epsilon}\n");
            foreach (var (_, tensor) in layer.State)
            {
                hash.AppendData(tensor);
            }
        }

        return hash.GetHashAndReset();

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}
