using System.Text.RegularExpressions;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Files;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Weights;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Keras' EfficientNet divides pixels once more (rescaling_1) where it is made for the published weights, and not where it is made
/// without. The file of a network that was made without lists one rescaling only. The factor is then taken out of the network by way of the
/// variances of its normalisation, so that it stays out wherever the weights go.
/// </summary>
internal static partial class KerasRescaling
{
    private const string Second = "rescaling_1";

    /// <summary>Makes a loaded backbone compute as the file's network does.</summary>
    /// <returns>What was decided, and what the user should know where the file doesn't tell; null for neither.</returns>
    public static (string? Note, string? Warning) Apply(Graph backbone, string path, BackboneSpec spec, IWeightFile file)
    {
        if (file.Convention != WeightConvention.Keras
            || backbone.Layers.OfType<Rescaling>().FirstOrDefault(layer => layer.Name == Second) is not { } second
            || backbone.Layers.OfType<Normalization>().FirstOrDefault() is not { } normalization)
        {
            return (null, null);
        }

        switch (file.Layers?.Count(name => MadeByKeras().IsMatch(name)) ?? 0)
        {
            case 0:
                return (null, IsPublished(path, spec) ? null :
                    $"the file doesn't say whether its network has the layer {Second}, which Keras adds for the published weights only. "
                    + "The layer is applied. "
                    + "If the weights were trained from nothing, the network now sees pixels 2.1 times too large.");
            case 1 when !IsPublished(path, spec):
                normalization.ScaleVariance([.. second.Factors.Select(factor => factor * factor)]);
                return (
                    $"The file lists no {Second}, so that layer does nothing: its factor was taken out of the normalisation's variances.",
                    null);
            default:
                return (null, null);
        }
    }

    // The publisher's own file was written before Keras had the layer; Keras applies it to this file all the same.
    private static bool IsPublished(string path, BackboneSpec spec)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var content = RegularFile.OpenStream(path);
        return PublishedCatalogue.For(spec.Name).Any(published =>
            content.Length >= published.LeastLength && published.FindFault(content, CancellationToken.None) is null);
    }

    [GeneratedRegex("^rescaling(_[0-9]{1,9})?$")]
    private static partial Regex MadeByKeras();
}
