using PureHDF;

namespace PSTransfer.Core.Weights.KerasH5;

/// <summary>One tensor of a Keras file.</summary>
/// <param name="Layer">The layer that the file lists it under; a model inside of a model is one layer there.</param>
/// <param name="Name">Its name in that layer's weight_names: conv1_conv/kernel:0, or conv1_W:0 in files of Keras 1.</param>
/// <param name="Shape">Keras' order: height, width, in, out for a kernel.</param>
/// <param name="Data">Where its numbers are.</param>
internal sealed record KerasTensor(string Layer, string Name, IReadOnlyList<long> Shape, IH5Dataset Data)
{
    /// <summary>The layer by the tensor's own name, which a model inside of a model keeps; null where the name has none.</summary>
    public string? InnerLayer => Name.Split('/') is [.., var layer, _] ? layer : null;

    /// <summary>What it is, by our names (weight, bias, running_mean, running_var); null when Keras has no such name.</summary>
    public string? Role
    {
        get
        {
            var last = Name[(Name.LastIndexOf('/') + 1)..].Split(':')[0].TrimEnd("0123456789_".ToCharArray());
            return Roles.FirstOrDefault(role => last == role.Keras || last.EndsWith($"_{role.Keras}", StringComparison.Ordinal)).Ours;
        }
    }

    // Keras 1 called the variance a deviation (running_std), but stored the variance.
    private static readonly (string Keras, string Ours)[] Roles =
    [
        ("kernel", "weight"), ("W", "weight"), ("gamma", "weight"),
        ("bias", "bias"), ("b", "bias"), ("beta", "bias"),
        ("moving_mean", "running_mean"), ("running_mean", "running_mean"),
        ("moving_variance", "running_var"), ("running_std", "running_var"),
    ];
}
