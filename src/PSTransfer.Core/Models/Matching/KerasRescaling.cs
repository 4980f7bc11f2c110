using System.Text.RegularExpressions;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Files;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Weights;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Handles the second rescaling of Keras' EfficientNet (rescaling_1). Keras adds this layer only if the network is made for the published
/// weights. A network made without them lists one rescaling in its file. The factor is then taken out of the variances of the network's
/// normalisation, so that exports carry no factor either.
/// </summary>
internal static partial class KerasRescaling
{
    private const string Second = "rescaling_1";

    /// <summary>Makes a loaded backbone compute as the file's network does.</summary>
    /// <returns>The decision, and a warning if the file doesn't tell; each may be null.</returns>
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

    // The publisher's file was written before Keras had the layer. Keras still applies the layer to this file.
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
