using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>Reports what a repair of BatchNorm did.</summary>
/// <param name="Layers">The number of BatchNorm layers whose statistics were replaced.</param>
/// <param name="Images">The number of images over which statistics were taken.</param>
/// <param name="AccuracyBefore">The accuracy on all images of the set in the inference phase before the repair; null if it wasn't
/// measured.</param>
/// <param name="AccuracyAfter">The same accuracy after the repair; null if it wasn't measured.</param>
/// <param name="Warning">The reason why the repair may have done harm; null if there is none.</param>
public sealed record RepairReport(int Layers, int Images, double? AccuracyBefore, double? AccuracyAfter, string? Warning = null)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Layers} BatchNorm layers took on the statistics of {Images} images."
        + (AccuracyBefore is null
            ? string.Empty
            : " Accuracy in the inference phase: "
            + $"{AccuracyBefore:0.000} before, {AccuracyAfter:0.000} after.");
}

/// <summary>
/// Gives BatchNorm layers the statistics of the images as moving statistics: precise BatchNorm (Wu and Johnson, "Rethinking 'Batch' in
/// BatchNorm", 2021). Layers are repaired one after the other, so that later layers see the repaired outputs. No other value changes by a
/// bit.
/// </summary>
/// <remarks>
/// The stored variance is biased, whatever the layer's <see cref="VarianceEstimator"/>. That estimator applies to updates in a framework's
/// training, and a repair isn't one. Normalisation by a batch always divides by the biased variance. After the repair the inference phase
/// equals the training phase with all images in one batch.
/// </remarks>
public sealed class BatchNormRepair(TransferNetwork network)
{
    /// <summary>Images in a batch; the statistics don't depend on it. Default: 32.</summary>
    public int BatchSize { get; init; } = Defaults.BatchSize;

    /// <summary>How many batches of a seeded shuffle the statistics are taken over; null for all images.</summary>
    public int? Steps { get; init; }

    /// <summary>Seed of the shuffle that <see cref="Steps"/> takes from. Default: 42.</summary>
    public int Seed { get; init; } = Defaults.Seed;

    /// <summary>
    /// How many images the stored statistics count for, N. With n images the layers get N/(N + n) · stored + n/(N + n) · actual, for mean
    /// and variance (Schneider et al., "Improving robustness against common corruptions by covariate shift adaptation", NeurIPS 2020).
    /// Default: 0, the images' statistics alone.
    /// </summary>
    public double Prior { get; init; }

    /// <summary>Wildcard patterns on layer names; null means all BatchNorm layers.</summary>
    public IReadOnlyList<string>? LayerPatterns { get; init; }

    /// <summary>Whether a pattern (first argument) matches a name (second), whatever the case. Default: wildcards * and ?.</summary>
    public Func<string, string, bool> Matches { get; init; } = NamedLayers.Wildcards;

    /// <summary>
    /// Whether accuracy is measured before and after, if the head fits the images' classes. This takes two more passes. Default: false.
    /// </summary>
    public bool MeasuresAccuracy { get; init; }

    /// <summary>
    /// Repairs the model. If the repair can't be finished, the model stays as it was. A model without BatchNorm isn't changed.
    /// </summary>
    /// <param name="data">Images like those that the model will see; labels don't matter.</param>
    /// <param name="report">Called with the current layer and the share that is done, 0 to 1.</param>
    /// <param name="token">Checked at each batch.</param>
    /// <exception cref="PSTransferException">An option is out of range, a pattern matches no BatchNorm layer, the images don't suit the
    /// model or are too few, or a layer's input holds NaN or infinity.</exception>
    public RepairReport Run(LabeledImages data, Action<string, double>? report = null, CancellationToken token = default)
    {
        using var hold = network.Use.Change("being repaired");
        Require(double.IsFinite(Prior) && Prior >= 0, nameof(Prior), $"must be at least 0, not {Prior}");
        Require(Steps is null or >= 1, nameof(Steps), $"must be at least 1, not {Steps}");
        if (!network.BatchNorms.Any())
        {
            return new RepairReport(0, 0, null, null);
        }

        var scope = LayerPatterns is null
            ? [.. network.BatchNorms]
            : NamedLayers.Choose(network, network.BatchNorms, LayerPatterns, Matches, kind: nameof(BatchNorm));
        var images = (int)Math.Min(data.Count, (long)(Steps ?? data.Count) * Math.Max(BatchSize, 1));
        var order = BatchLoader.Order(data.Count, Steps is null ? null : Seed, epoch: 0)[..images];
        data = network.Bind(data);
        var statistics = new ActivationStatistics(network, data, order, BatchSize);
        var layers = statistics.Layers.Where(scope.Contains).ToList();
        var replaced = layers.ToDictionary(layer => layer.Name, layer => layer.ReadStatistics());
        var before = Accuracy(data, token);
        var answersBefore = network.Reference;
        var done = 0;
        try
        {
            statistics.Sequential(layers, (layer, actual) =>
            {
                layer.WriteStatistics(Mix(replaced[layer.Name], actual, images).Rounded());
                report?.Invoke(layer.Name, (double)++done / layers.Count);
            }, token);
            var after = Accuracy(data, token);
            network.SetPixels(data.Pixels!, areFixed: true);
            var answers = answersBefore is not null && Objective.Fits(network, data)
                ? ReferencePixels.Read(network, data).Ask(network)
                : null;
            network.Repaired = new Repaired(replaced, answersBefore, answers);
            network.Reference = answers;
            return new RepairReport(layers.Count, images, before, after, HeadWarning(layers));
        }
        catch
        {
            Restore(network, replaced);
            throw;
        }
    }

    /// <summary>
    /// Restores, to the bit, the statistics that the last repair replaced, whatever changed them since. A repair can be undone once.
    /// </summary>
    /// <exception cref="PSTransferException">There is no repair to undo.</exception>
    public static void Undo(TransferNetwork network)
    {
        using var hold = network.Use.Change("being repaired");
        var repaired = network.Repaired ?? throw new PSTransferException(
            FaultKind.InvalidOperation,
            $"-Undo: '{network.Name}' has no repair to undo. Only the last one can be undone, once; a file doesn't keep what it "
            + "replaced. Import the model again, or keep a copy beforehand (Copy-TransferModel).",
            "Undo");
        Restore(network, repaired.Statistics);

        // A model trained since the repair gives neither the former nor the repaired answers.
        network.Reference = network.Reference == repaired.AnswersAfter ? repaired.Answers : null;
        network.Repaired = null;
    }

    /// <summary>
    /// The warning about a head that learnt from the stored statistics and now sees other features. Only a head that fit trained has
    /// classes; a new one has none.
    /// </summary>
    private string? HeadWarning(List<BatchNorm> repaired)
    {
        var pinned = repaired.Where(layer => layer.NormalizesBy == NormalizationSource.Moving).ToList();
        return pinned.Count == 0 || network.Classes.Count == 0
            ? null
            : $"A head that was trained under mode {string.Join(", ", pinned.Select(layer => layer.Mode).Distinct())} has learnt "
                + $"from the moving statistics that this repair replaced in {Finding.Names(pinned)}: "
                + "its features have changed under it. Train the head anew (Invoke-FineTune), or take the repair back "
                + "(Repair-BatchNorm -Undo).";
    }

    private static void Restore(TransferNetwork network, IReadOnlyDictionary<string, MovingStatistics> replaced)
    {
        foreach (var layer in network.BatchNorms)
        {
            if (replaced.TryGetValue(layer.Name, out var before))
            {
                layer.WriteStatistics(before);
            }
        }
    }

    private ChannelStatistics Mix(MovingStatistics source, ChannelStatistics target, int images)
    {
        var share = images / (Prior + images);
        return new ChannelStatistics(
            target.Count, [.. source.Mean.Zip(target.Mean, Mean)], [.. source.Variance.Zip(target.Variance, Mean)]);

        double Mean(float old, double actual) => ((1 - share) * old) + (share * actual);
    }

    private double? Accuracy(LabeledImages data, CancellationToken token) => MeasuresAccuracy && Objective.Fits(network, data)
        ? new Evaluator(network, BatchSize).Run(data, isTraining: false, dropout: false, seed: null, token: token).Metrics.Accuracy
        : null;
}
