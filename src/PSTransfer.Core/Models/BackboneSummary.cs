using PSTransfer.Core.Backbones;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Models;

/// <summary>The main facts about a backbone, counted from the network itself at its default size.</summary>
/// <param name="Name">The name that New-Backbone takes.</param>
/// <param name="ParameterCount">The parameters without the classifier, counted as the backbone's family counts (Keras includes moving
/// statistics).</param>
/// <param name="LayerCount">The number of named layers.</param>
/// <param name="BatchNormCount">The number of BatchNorm layers among them.</param>
/// <param name="FeatureCount">The number of channels of the last map.</param>
/// <param name="DefaultImageSize">The side in pixels of the images that the published weights were trained on.</param>
/// <param name="MinimumImageSize">The smallest side in pixels that the backbone accepts.</param>
/// <param name="Preprocessing">The preprocessing that the backbone expects.</param>
/// <param name="Weights">The sets of weights that New-Backbone -Weights knows by name.</param>
/// <param name="Reference">The paper that describes the backbone.</param>
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
