using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>
/// Compares the statistics that each BatchNorm layer stores with those of what enters the layer in the inference phase, in one pass over
/// the images.
/// </summary>
public sealed class BatchNormDriftTest(TransferNetwork network)
{
    /// <summary>Images in a batch; the statistics don't depend on it. Default: 32.</summary>
    public int BatchSize { get; init; } = Defaults.BatchSize;

    /// <summary>
    /// Which layers to swap for <see cref="BatchNormDrift.AccuracyIfSwapped"/>. Default: none. The other choices need a head that fits the
    /// images' classes.
    /// </summary>
    public DriftAttribution Attribution { get; init; }

    /// <summary>Measures the drift. Nothing in the model changes by a bit, since swaps are made on a copy.</summary>
    /// <param name="data">Images.</param>
    /// <param name="report">Told what is being measured, and how much of it is done, 0 to 1.</param>
    /// <param name="token">Checked at each batch.</param>
    /// <returns>A row per BatchNorm layer in the order in which they run; none for a model without.</returns>
    /// <exception cref="PSTransferException">Images that don't suit the model, or too few; NaN or infinity before a layer.</exception>
    public IReadOnlyList<BatchNormDrift> Run(LabeledImages data, Action<string, double>? report = null, CancellationToken token = default)
    {
        using var hold = network.Use.Read("being measured");
        if (!network.BatchNorms.Any())
        {
            return [];
        }

        data = network.Bind(data);
        if (Attribution != DriftAttribution.None)
        {
            Objective.For(network, data); // refuses a head that doesn't fit before the pass over the images
        }

        var statistics = new ActivationStatistics(network, data, [.. Enumerable.Range(0, data.Count)], BatchSize);
        var actual = statistics.OnePass(share => report?.Invoke("statistics", share), token);
        var accuracy = Accuracies(data, actual, report, token);
        var indices = network.Layers.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        return [.. statistics.Layers.Select((layer, i) =>
        {
            var stored = layer.ReadStatistics();
            return new BatchNormDrift(
                indices[layer],
                i + 1,
                layer.Name,
                layer.Channels,
                DriftMeasure.MeanShift(stored, actual[i], layer.Epsilon),
                DriftMeasure.VarianceRatio(stored, actual[i], layer.Epsilon),
                DriftMeasure.Drift(stored, actual[i], layer.Epsilon),
                accuracy?[i]);
        })];
    }

    private double[]? Accuracies(
        LabeledImages data, IReadOnlyList<ChannelStatistics> actual, Action<string, double>? report, CancellationToken token)
    {
        if (Attribution == DriftAttribution.None)
        {
            return null;
        }

        using var copy = network.Clone();
        var statistics = new ActivationStatistics(copy, data, [.. Enumerable.Range(0, data.Count)], BatchSize);
        var layers = statistics.Layers;
        var stored = layers.Select(layer => layer.ReadStatistics()).ToList();
        var accuracies = new List<double>();
        switch (Attribution)
        {
            case DriftAttribution.Layer:
                // No layer before this one changes, so what enters this one is what the one pass saw.
                for (var i = 0; i < layers.Count; i++)
                {
                    layers[i].WriteStatistics(actual[i].Rounded());
                    accuracies.Add(Accuracy());
                    layers[i].WriteStatistics(stored[i]);
                }

                break;
            case DriftAttribution.Prefix:
                // The statistics of a prefix are those of the prefix that is one layer shorter, and one layer's more.
                statistics.Sequential(layers, (layer, found) =>
                {
                    layer.WriteStatistics(found.Rounded());
                    accuracies.Add(Accuracy());
                }, token);
                break;
            default:
                for (var i = 0; i < layers.Count; i++)
                {
                    statistics.Sequential(layers.Skip(i), (layer, found) => layer.WriteStatistics(found.Rounded()), token);
                    accuracies.Add(Accuracy());
                    foreach (var (layer, before) in layers.Zip(stored))
                    {
                        layer.WriteStatistics(before);
                    }
                }

                break;
        }

        return [.. accuracies];

        double Accuracy()
        {
            report?.Invoke(
                $"{Attribution.ToString().ToLowerInvariant()} {accuracies.Count + 1} of {layers.Count}",
                (double)accuracies.Count / layers.Count);
            return new Evaluator(copy, BatchSize).Run(data, isTraining: false, dropout: false, seed: null, token: token).Metrics.Accuracy;
        }
    }
}
