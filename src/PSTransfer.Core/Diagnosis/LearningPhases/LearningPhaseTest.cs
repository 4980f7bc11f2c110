using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Diagnosis.Drift;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Diagnosis.LearningPhases;

/// <summary>
/// Evaluates a model's weights under each learning phase by real forward passes through its layers as they are. It takes no shortcut
/// and draws no conclusion from the modes: it exists to find out whether they do what they say.
/// </summary>
public sealed class LearningPhaseTest(TransferNetwork network)
{
    private static readonly int[] _sensitivitySizes = [4, 8, 16, 32, 64];

    /// <summary>Images in a batch. Default: 32.</summary>
    public int BatchSize { get; init; } = Defaults.BatchSize;

    /// <summary>Batches per phase; null for all images.</summary>
    public int? Steps { get; init; }

    /// <summary>
    /// Orders of the images under which phase 1 is run and averaged, since batch statistics depend on an image's company; at least 1.
    /// The first is the one of the other phases. Where it gives phase 0's answers to the last bit, it stays the only one. Default: 3.
    /// </summary>
    public int Shuffles { get; init; } = Defaults.Shuffles;

    /// <summary>Seed of the shuffles, of dropout and of the resampling behind the intervals. Default: 42.</summary>
    public int Seed { get; init; } = Defaults.Seed;

    /// <summary>|accuracy gap| up to which the phases count as consistent. Default: 0.02.</summary>
    public double Tolerance { get; init; } = Defaults.Tolerance;

    /// <summary>Runs phase 1 at batch sizes from 4 to 64 besides, as far as there are images for a batch. Default: off.</summary>
    public bool Sensitivity { get; init; }

    /// <summary>Runs the phases. Nothing in the model changes by a bit.</summary>
    /// <param name="data">The images that the model was trained on.</param>
    /// <param name="validation">Images to compare with; null for none.</param>
    /// <param name="report">Told which pass begins, and what share of the images is done.</param>
    /// <param name="token">Checked at each batch.</param>
    public LearningPhaseReport Run(LabeledImages data, LabeledImages? validation, Action<string, double>? report = null, CancellationToken token = default)
    {
        Validate(BatchSize, Steps, Shuffles, Tolerance);
        using var hold = network.Use.Read("being tested");
        (data, validation) = (network.Bind(data), validation is null ? null : network.Bind(validation));
        var isSameSet = validation is not null && validation.IsSameAs(data);
        var images = Chosen(data);
        var unseenImages = isSameSet ? images : validation;
        var sizes = Sensitivity && network.BatchNorms.Any() ? _sensitivitySizes.Where(size => size <= images.Count).ToArray() : [];
        var work = ((2.0 + (Shuffles * (2 + sizes.Length))) * images.Count) + (unseenImages?.Count ?? 0);
        var done = 0.0;

        var dynamic = Pass("dynamic phase", images, isTraining: false, dropout: false, Seed);
        var inference = Pass("inference phase", images, isTraining: false, dropout: false, Seed);
        List<PhaseScores> training = [Pass("training phase", images, isTraining: true, dropout: true, Seed)];
        List<PhaseScores> withoutDropout = [Pass("training phase without dropout", images, isTraining: true, dropout: false, Seed)];
        if (!withoutDropout[0].AgreesWith(inference))
        {
            for (var shuffle = 1; shuffle < Shuffles; shuffle++)
            {
                training.Add(Pass("training phase", images, isTraining: true, dropout: true, SeedOf(shuffle)));
                withoutDropout.Add(Pass("training phase without dropout", images, isTraining: true, dropout: false, SeedOf(shuffle)));
            }
        }

        var unseen = unseenImages is null ? null : Pass("validation images", unseenImages, isTraining: false, dropout: false, Seed);
        var (withDropout, without) = (PhaseScores.Mean(training), PhaseScores.Mean(withoutDropout));
        var total = unseen is null ? null : BetweenSets(withDropout, unseen);
        return new LearningPhaseReport
        {
            Dynamic = dynamic.Metrics,
            Inference = inference.Metrics,
            Training = withDropout.Metrics,
            TrainingWithoutDropout = without.Metrics,
            Validation = unseen?.Metrics,
            Shuffles = training.Count,
            Tolerance = Tolerance,
            NormalizationGap = MetricGap.Paired(without, inference, Seed),
            DropoutGap = MetricGap.Paired(withDropout, without, Seed),
            GeneralizationGap = unseen is null ? null : BetweenSets(inference, unseen),
            TotalIntervals = total is null ? default : (total.AccuracyInterval, total.LossInterval),
            Sensitivity = new Listed<BatchSensitivity>(sizes.Select(AtBatchSize)), // PowerShell can't index what a collection expression makes
            Cause = string.Empty,
            Remedy = string.Empty,
        }.Explain(network);

        PhaseScores Pass(string name, LabeledImages set, bool isTraining, bool dropout, int seed)
        {
            report?.Invoke(name, done / work);
            done += set.Count;
            return PhaseScores.Run(network, set, BatchSize, isTraining, dropout, seed, token);
        }

        MetricGap BetweenSets(PhaseScores first, PhaseScores second) =>
            isSameSet ? MetricGap.Paired(first, second, Seed) : MetricGap.BetweenSets(first, second, Seed);

        BatchSensitivity AtBatchSize(int size)
        {
            // A smaller last batch would mix two sizes.
            var accuracies = Enumerable.Range(0, Shuffles).Select(shuffle =>
            {
                report?.Invoke($"training phase, batches of {size}", done / work);
                done += images.Count;
                var whole = BatchLoader.Order(images.Count, SeedOf(shuffle), epoch: 0)[..(images.Count / size * size)];
                return new Evaluator(network, size).Run(images.Subset(whole, images.Name), isTraining: true, dropout: false, seed: null, token: token).Accuracy;
            }).ToList();
            return new BatchSensitivity(size, Shuffles, accuracies.Average(), accuracies.Min(), accuracies.Max());
        }
    }

    /// <summary>Checks ranges.</summary>
    /// <exception cref="PSTransferException">One of them can't work; the message names the parameter.</exception>
    internal static void Validate(int batchSize, int? steps, int shuffles, double tolerance)
    {
        Require(double.IsFinite(tolerance) && tolerance >= 0, nameof(Tolerance), $"must be at least 0, not {tolerance}");
        Require(batchSize >= 1, nameof(BatchSize), $"must be at least 1, not {batchSize}");
        Require(steps is null or >= 1, nameof(Steps), $"must be at least 1, not {steps}");
        Require(shuffles >= 1, nameof(Shuffles), $"must be at least 1, not {shuffles}");
    }

    /// <summary>All images, or as many as there are steps, the first of the shuffle.</summary>
    private LabeledImages Chosen(LabeledImages data) => Steps is { } steps && (long)steps * BatchSize < data.Count
        ? data.Subset(BatchLoader.Order(data.Count, Seed, epoch: 0)[..(steps * BatchSize)], data.Name)
        : data;

    private int SeedOf(int shuffle) => shuffle == 0 ? Seed : SeededRandom.For(Seed, shuffle).Next();
}
