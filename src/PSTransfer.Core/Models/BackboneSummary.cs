using PSTransfer.Core.Backbones;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Models;

/// <summary>A backbone at a glance, counted from the network itself at its default size.</summary>
/// <param name="Name">What New-Backbone takes.</param>
/// <param name="ParameterCount">Without classifier, counted as its family counts (Keras includes moving statistics).</param>
/// <param name="LayerCount">Named layers.</param>
/// <param name="BatchNormCount">BatchNorm layers among them.</param>
/// <param name="FeatureCount">Channels of the last map.</param>
/// <param name="DefaultImageSize">Side of the images the published weights were trained on, pixels.</param>
/// <param name="MinimumImageSize">Smallest side it accepts, pixels.</param>
/// <param name="Preprocessing">What it does to pixels.</param>
/// <param name="Weights">Sets that New-Backbone -Weights knows by name.</param>
/// <param name="Reference">The paper.</param>
public sealed record BackboneSummary(
    string Name,
    long ParameterCount,
    int LayerCount,
    int BatchNormCount,
    int FeatureCount,
    int DefaultImageSize,
    int MinimumImageSize,
    Preprocessing Preprocessing,
    IReadOnlyList<string> Weights,
    string Reference)
{
    /// <summary>Builds the network without setting its weights, counts, and disposes it.</summary>
    public static BackboneSummary Of(BackboneSpec spec)
    {
        using var network = TransferNetwork.Create(spec, new ImageShape(spec.DefaultImageSize, spec.DefaultImageSize, 3), seed: null);
        return new BackboneSummary(
            spec.Name,
            network.TotalParameters,
            network.Backbone.Layers.Count,
            network.BatchNorms.Count(),
            network.Backbone.OutputShape.Channels,
            spec.DefaultImageSize,
            spec.MinimumImageSize,
            spec.Preprocessing,
            new Listed<string>(spec.Weights),
            spec.Reference);
    }
}
