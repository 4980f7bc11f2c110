using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Diagnosis.Drift;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Diagnosis.LearningPhases;

/// <summary>A report, and the answers behind it under the first order of the images.</summary>
/// <param name="Report">The report.</param>
/// <param name="Inference">The training images in the inference phase.</param>
/// <param name="WithoutDropout">The training images in the training phase without dropout.</param>
/// <param name="Validation">The validation images in the inference phase; null without any.</param>
internal sealed record LearningPhaseAnswers(LearningPhaseReport Report, Answers Inference, Answers WithoutDropout, Answers? Validation);

/// <summary>
/// Evaluates a model's weights under each learning phase by real forward passes through its layers as they are. The test takes no shortcut
/// and draws no conclusion from the modes, since it exists to find out whether they do what they say.
/// </summary>
/// <param name="network">The model.</param>
/// <param name="options">Settings of the test; null for their defaults.</param>
public sealed class LearningPhaseTest(TransferNetwork network, LearningPhaseOptions? options = null)
{
    private static readonly int[] _sensitivitySizes = [4, 8, 16, 32, 64];
    private readonly LearningPhaseOptions _options = options ?? new LearningPhaseOptions();

    private int Seed => _options.Seed;

    /// <summary>Runs the phases. Nothing in the model changes by a bit.</summary>
    /// <param name="data">The images that the model was trained on.</param>
    /// <param name="validation">Images to compare with; null for none.</param>
    /// <param name="report">Told which pass begins, and what share of the images is done.</param>
    /// <param name="token">Checked at each batch.</param>
    public LearningPhaseReport Run(
        LabeledImages data, LabeledImages? validation, Action<string, double>? report = null, CancellationToken token = default) =>
        Run(data, validation, keepsProbabilities: false, report, token).Report;

    /// <summary>Runs the phases and hands on what the first order of the images gave in them.</summary>
    /// <param name="data">The images that the model was trained on.</param>
    /// <param name="validation">Images to compare with; null for none.</param>
    /// <param name="keepsProbabilities">
    /// Keeps all probabilities of the validation images, or of the training images where there are no others. The other answers keep the
    /// highest one of each image.
    /// </param>
    /// <param name="report">Told which pass begins, and what share of the images is done.</param>
    /// <param name="token">Checked at each batch.</param>
    internal LearningPhaseAnswers Run(
        LabeledImages data, LabeledImages? validation, bool keepsProbabilities, Action<string, double>? report, CancellationToken token)
    {
        _options.Validate();
        using var hold = network.Use.Read("being tested");
        (data, validation) = (network.Bind(data), validation is null ? null : network.Bind(validation));
        var isSameSet = validation is not null && validation.IsSameAs(data);
        var images = Chosen(data);
        var unseenImages = isSameSet ? images : validation;
        var isSensitivityAsked = _options.Sensitivity && network.BatchNorms.Any();
        var sizes = isSensitivityAsked ? _sensitivitySizes.Where(size => size <= images.Count).ToArray() : [];
        var work = ((2.0 + (_options.Shuffles * (2 + sizes.Length))) * images.Count) + (unseenImages?.Count ?? 0);
        var done = 0.0;
        var evaluator = new Evaluator(network, _options.BatchSize);
        var (all, highest) = keepsProbabilities ? (KeptProbabilities.All, KeptProbabilities.Highest) : default;

        Tell("dynamic phase", images);
        var dynamic = evaluator.Run(images, LearningPhase.Dynamic, Seed, token: token).Metrics;
        var inference = Pass("inference phase", images, isTraining: false, dropout: false, Seed, unseenImages is null ? all : highest);
        List<Answers> training = [WithDropout(Seed)];
        List<Answers> withoutDropout = [WithoutDropout(Seed, highest)];
        if (!withoutDropout[0].AgreesWith(inference))
        {
            for (var shuffle = 1; shuffle < _options.Shuffles; shuffle++)
            {
                training.Add(WithDropout(SeedOf(shuffle)));
                withoutDropout.Add(WithoutDropout(SeedOf(shuffle)));
            }
        }

        var unseen = unseenImages is null ? null : Pass("validation images", unseenImages, isTraining: false, dropout: false, Seed, all);
        var (inferred, trained, undropped) = (PhaseScores.Of(inference), PhaseScores.Of(training), PhaseScores.Of(withoutDropout));
        var other = unseen is null ? null : PhaseScores.Of(unseen);
        var total = other is null ? null : BetweenSets(trained, other);
        var result = new LearningPhaseReport
        {
            Dynamic = dynamic,
            Inference = inferred.Metrics,
            Training = trained.Metrics,
            TrainingWithoutDropout = undropped.Metrics,
            Validation = other?.Metrics,
            Shuffles = training.Count,
            Tolerance = _options.Tolerance,
            NormalizationGap = MetricGap.Paired(undropped, inferred, Seed),
            DropoutGap = MetricGap.Paired(trained, undropped, Seed),
            GeneralizationGap = other is null ? null : BetweenSets(inferred, other),
            TotalIntervals = total is null ? default : (total.AccuracyInterval, total.LossInterval),
            Sensitivity = new Listed<BatchSensitivity>(sizes.Select(AtBatchSize)),
            Cause = string.Empty,
            Remedy = string.Empty,
        };
        return new LearningPhaseAnswers(result.Explain(network), inference, withoutDropout[0], unseen);

        void Tell(string name, LabeledImages set)
        {
            report?.Invoke(name, done / work);
            done += set.Count;
        }

        Answers Pass(string name, LabeledImages set, bool isTraining, bool dropout, int seed, KeptProbabilities keep)
        {
            Tell(name, set);
            return evaluator.Run(set, isTraining, dropout, seed, keep, token);
        }

        Answers WithDropout(int seed) => Pass("training phase", images, isTraining: true, dropout: true, seed, KeptProbabilities.None);

        Answers WithoutDropout(int seed, KeptProbabilities keep = KeptProbabilities.None) =>
            Pass("training phase without dropout", images, isTraining: true, dropout: false, seed, keep);

        MetricGap BetweenSets(PhaseScores first, PhaseScores second) =>
            isSameSet ? MetricGap.Paired(first, second, Seed) : MetricGap.BetweenSets(first, second, Seed);

        BatchSensitivity AtBatchSize(int size)
        {
            // A smaller last batch would mix two sizes.
            var accuracies = Enumerable.Range(0, _options.Shuffles).Select(shuffle =>
            {
                Tell($"training phase, batches of {size}", images);
                var whole = BatchLoader.Order(images.Count, SeedOf(shuffle), epoch: 0)[..(images.Count / size * size)];
                var set = images.Subset(whole, images.Name);
                return new Evaluator(network, size).Run(set, isTraining: true, dropout: false, seed: null, token: token).Metrics.Accuracy;
            }).ToList();
            return new BatchSensitivity(size, _options.Shuffles, accuracies.Average(), accuracies.Min(), accuracies.Max());
        }
    }

    /// <summary>All images, or as many as there are steps, the first of the shuffle.</summary>
    private LabeledImages Chosen(LabeledImages data) => _options.Steps is { } steps && (long)steps * _options.BatchSize < data.Count
        ? data.Subset(BatchLoader.Order(data.Count, Seed, epoch: 0)[..(steps * _options.BatchSize)], data.Name)
        : data;

    private int SeedOf(int shuffle) => shuffle == 0 ? Seed : SeededRandom.For(Seed, shuffle).Next();
}
