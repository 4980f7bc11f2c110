using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Models;

/// <summary>Applies a freeze mode to a set of a model's layers. Layers outside the set keep their modes.</summary>
public sealed record FreezePlan
{
    /// <summary>The freeze mode to apply.</summary>
    public required FreezeMode Mode { get; init; }

    /// <summary>The framework whose conventions the BatchNorm layers take on besides the mode; null leaves theirs.</summary>
    public FrameworkEra? Era { get; init; }

    /// <summary>Wildcard patterns on layer names, head included; null means the whole backbone.</summary>
    public IReadOnlyList<string>? LayerPatterns { get; init; }

    /// <summary>Whether a pattern (first argument) matches a name (second), whatever the case. Default: wildcards * and ?.</summary>
    public Func<string, string, bool> Matches { get; init; } = NamedLayers.Wildcards;

    /// <summary>How many layers are taken, from the first in the model's order; null means the whole backbone.</summary>
    public int? First { get; init; }

    /// <summary>Applies the plan.</summary>
    /// <returns>Warnings, for example that a cut separates a convolution from its BatchNorm.</returns>
    /// <exception cref="PSTransferException">A pattern matches nothing, or there are fewer than <see cref="First"/> layers.</exception>
    public IReadOnlyList<string> Apply(TransferNetwork network)
    {
        using var hold = network.Use.Change("being given a freeze mode");
        var scope = Scope(network);
        foreach (var layer in scope)
        {
            layer.Mode = Mode;
            if (Era is not null && layer is BatchNorm norm)
            {
                norm.Estimator = Era.Estimator;

                // A network of the era's own family keeps its own momentum (MobileNetV2 has 0.999); any other takes the era's default.
                if (Era.Family != network.Spec.Family)
                {
                    norm.Momentum = Era.DefaultMomentum;
                }
            }
        }

        return First is null ? [] : CutWarnings(network.Backbone, scope);
    }

    private HashSet<Layer> Scope(TransferNetwork network)
    {
        if (First is not null && LayerPatterns is not null)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{Option.Name("Layer")} and {Option.Name("First")} are two ways to choose layers: give one of them.",
                "First");
        }

        if (First is { } first)
        {
            var layers = network.Backbone.Layers;
            PSTransferException.Require(
                first >= 1 && first <= layers.Count,
                "First",
                $"must be from 1 to {layers.Count}, the number of layers of {network.Spec.Name}, not {first}");
            return [.. layers.Take(first)];
        }

        return LayerPatterns is null
            ? [.. network.Backbone.Layers]
            : NamedLayers.Choose(network, network.Layers, LayerPatterns, Matches);
    }

    private IReadOnlyList<string> CutWarnings(Graph backbone, HashSet<Layer> scope) =>
    [
        .. backbone.Layers.OfType<BatchNorm>()
            .Where(norm => backbone.Predecessor(norm) is Conv before && scope.Contains(before) != scope.Contains(norm))
            .Select(norm =>
                $"{Option.Set("First", First!)} cuts between {backbone.Predecessor(norm)!.Name} and its BatchNorm {norm.Name}: "
                + $"only one of them is under {Mode}."),
    ];
}
