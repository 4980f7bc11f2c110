using PSTransfer.Core.Models;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>Multiplies the learning rate layer by layer (discriminative fine-tuning, Howard and Ruder 2018).</summary>
internal sealed class LayerRates
{
    private readonly Dictionary<Layer, (string Pattern, double Factor)> _factors = [];

    /// <summary>Finds the layers that match the patterns of the options.</summary>
    /// <exception cref="PSTransferException">A pattern matches nothing, or two with different factors match one layer.</exception>
    public LayerRates(TransferNetwork network, TrainingOptions options)
    {
        foreach (var (pattern, factor) in options.LayerRates ?? new Dictionary<string, double>())
        {
            foreach (var layer in NamedLayers.Choose(network, network.Layers, [pattern], options.Matches, "LayerRate"))
            {
                var given = _factors.GetValueOrDefault(layer, (pattern, factor));
                PSTransferException.Require(
                    given.Item2 == factor,
                    "LayerRate",
                    $"gives {layer.Name} two factors: {given.Item2} by '{given.Item1}' and {factor} by '{pattern}'");
                _factors[layer] = (pattern, factor);
            }
        }
    }

    /// <summary>A warning for each pattern whose layers learn in no stage of the run.</summary>
    /// <param name="network">The model.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="learning">The layers that learn in some stage.</param>
    public static IEnumerable<string> Idle(TransferNetwork network, TrainingOptions options, IReadOnlySet<Layer> learning) =>
        (options.LayerRates?.Keys ?? [])
            .Where(pattern => !NamedLayers.Choose(network, network.Layers, [pattern], options.Matches).Overlaps(learning))
            .Select(pattern =>
                $"{Option.Name("LayerRate")} '{pattern}' does nothing: no layer of that name learns in this run. "
                + $"Unfreeze some ({RunOptimizer.Unfreezing($"'{pattern}'")}), or leave it out.");

    /// <summary>The factor of a layer; 1 if no pattern matches.</summary>
    public double Of(Layer layer) => _factors.TryGetValue(layer, out var given) ? given.Factor : 1;
}
