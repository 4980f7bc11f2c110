using System.Text.Json.Serialization;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Networks.Description;

/// <summary>
/// A layer in writing: its kind, its name, and the settings that its kind has. The tensors' sizes follow from these and from the shape of
/// the input. What can change while a network is used (BatchNorm's eps, momentum and estimator) belongs to its state instead.
/// </summary>
/// <param name="Kind">The kind of layer, as Get-ModelLayer shows it.</param>
/// <param name="Name">The layer's name; empty for an operation without a name.</param>
internal sealed record LayerText(string Kind, string Name)
{
    /// <summary>The number of channels, or of values of a vector, in the output.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Outputs { get; init; }

    /// <summary>The window of a convolution or pooling.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Window? Window { get; init; }

    /// <summary>The number of groups of a convolution; null for 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Groups { get; init; }

    /// <summary>Whether the layer has a bias; null for a kind that always or never has one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? HasBias { get; init; }

    /// <summary>Whether a BatchNorm layer has gamma.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? HasScale { get; init; }

    /// <summary>The number that LayerNorm adds to the variance under the root.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Epsilon { get; init; }

    /// <summary>The rate of a dropout.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Rate { get; init; }

    /// <summary>The factor or factors by which the layer multiplies.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Factors { get; init; }

    /// <summary>The lowest and highest value that clipping leaves, or the numbers of another function in the order of its kind.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Numbers { get; init; }

    /// <summary>The first channel of a slice.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Start { get; init; }

    /// <summary>Whether a slice has the last channel first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Reversed { get; init; }

    /// <summary>Channels, height and width of a constant; channels alone for a vector's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Size { get; init; }

    /// <summary>Whether a constant multiplies; otherwise it is added.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Multiplies { get; init; }

    /// <summary>The zeros added above, below, left and right.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Padding { get; init; }

    /// <summary>Whether global average pooling gives a map of one pixel in the place of a vector.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? KeepsMap { get; init; }

    /// <summary>Whether the zeros around a map count in an average.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? CountsPadding { get; init; }
}
