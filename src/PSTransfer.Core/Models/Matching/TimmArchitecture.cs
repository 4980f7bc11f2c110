using System.Text.Json;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Finds weights of timm's networks that share another network's names and shapes but compute differently. For example, tf_efficientnet_b0
/// pads as TensorFlow does and has eps 1e-3. The tensors don't show it; the checkpoint's "arch", the config.json beside it, or the file's
/// name does.
/// </summary>
internal static class TimmArchitecture
{
    private const int LongestConfig = 1 << 20;

    /// <summary>Refuses weights of such a network, or warns where only the path has its name.</summary>
    /// <returns>The warning; null if there is none.</returns>
    /// <exception cref="PSTransferException">The file or its config.json names such a network.</exception>
    public static string? Check(string path, BackboneSpec spec, NameStyle style, IWeightFile file)
    {
        if (style.Impostor is not { } impostor)
        {
            return null;
        }

        var said = file.Architecture ?? Configured(path);
        if (said?.StartsWith(impostor, StringComparison.OrdinalIgnoreCase) == true)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: these are weights of timm's {Printable.Text(said)}, which pads as TensorFlow does and has eps 1e-3. "
                + $"{spec.Name} is torchvision's network and would compute other features with these weights. "
                + $"Take timm's {said[3..].Split('.')[0]} or torchvision's weights ({Option.Name("Weights")} imagenet).",
                path);
        }

        return said is null && path.Contains(impostor, StringComparison.OrdinalIgnoreCase)
            ? $"the path has '{impostor}' in it, and the file doesn't say which network it is for. "
                + $"timm's networks of that name pad as TensorFlow does and have eps 1e-3, so {spec.Name} computes other features with "
                + $"their weights. Take timm's {impostor[3..]} or torchvision's weights, unless you know that these are for torchvision's "
                + "network."
            : null;
    }

    /// <summary>The network that the config.json beside the file names, as timm writes it for Hugging Face's hub.</summary>
    private static string? Configured(string path)
    {
        var config = Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, "config.json");
        try
        {
            if (!File.Exists(config) || RegularFile.OtherKind(config) is not null || new FileInfo(config).Length > LongestConfig)
            {
                return null;
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(config));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("architecture", out var name)
                && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            // The file belongs to another program, and failing to read it does no harm.
            return null;
        }
    }
}
