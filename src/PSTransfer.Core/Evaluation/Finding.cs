using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Evaluation;

/// <summary>Something about BatchNorm that the user must know of: a warning, or an error where the run is strict.</summary>
/// <param name="Layer">The first layer it is about.</param>
/// <param name="Message">What was found, what it means, what to do.</param>
internal sealed record Finding(string Layer, string Message)
{
    private const int Named = 3;

    /// <summary>The first three names and how many more there are: "a", "a and b", "a, b, c and 18 more".</summary>
    public static string Names(IReadOnlyList<BatchNorm> layers)
    {
        var names = layers.Take(Named).Select(layer => layer.Name);
        return layers.Count <= Named ? NameList.All(names) : NameList.Some(names, layers.Count);
    }
}
