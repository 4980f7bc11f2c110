using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Diagnosis.Drift;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;

namespace PSTransfer.Core.Reports;

/// <summary>
/// Measures all that a training report shows, by real passes through the model as it is now. Nothing in the model changes by a bit.
/// </summary>
public sealed class TrainingReportMaker(TransferNetwork network)
{
    /// <summary>Images in a batch. Default: 32.</summary>
    public int BatchSize { get; init; } = Defaults.BatchSize;

    /// <summary>Seed of the shuffles, of dropout and of the intervals. Default: 42.</summary>
    public int Seed { get; init; } = Defaults.Seed;

    /// <summary>|accuracy gap| up to which the phases agree. Default: 0.02.</summary>
    public double Tolerance { get; init; } = Defaults.Tolerance;

    /// <summary>The layers to swap for <see cref="BatchNormDrift.AccuracyIfSwapped"/>. Default: none.</summary>
    public DriftAttribution Attribution { get; init; }

    /// <summary>The options of the training; null if they aren't known.</summary>
    public TrainingOptions? Options { get; init; }

    /// <summary>The epochs to show; null for all epochs of the model.</summary>
    public IReadOnlyList<EpochRecord>? History { get; init; }

    /// <summary>Measures the model.</summary>
    /// <param name="data">The images that the model was trained on.</param>
    /// <param name="validation">Images to compare with; null for none.</param>
    /// <param name="report">Told what is being measured, and what share of it is done.</param>
    /// <param name="token">Checked at each batch.</param>
    /// <exception cref="PSTransferException">An option out of range; a model without a head, or images that don't suit it.</exception>
    public TrainingReport Run(
        LabeledImages data, LabeledImages? validation, Action<string, double>? report = null, CancellationToken token = default)
    {
        using var hold = network.Use.Read("being reported on");
        var (phases, measurement, changes) = Answered(data, validation, report, token);
        return new TrainingReport
        {
            Measured = DateTimeOffset.Now,
            Model = ModelSummary.Of(network),
            Dataset = DatasetSummary.Of(data),
            ValidationDataset = validation is null ? null : DatasetSummary.Of(validation),
            LearningPhase = phases,
            History = History ?? network.History,
            Drift = new BatchNormDriftTest(network) { BatchSize = BatchSize, Attribution = Attribution }.Run(data, report, token),
            Attribution = Attribution,
            Measurement = measurement,
            ClassChanges = changes,
            Repair = phases.Skewed == true && network.BatchNorms.Any() ? Repaired(data, validation, report, token) : null,
            Options = Options,
            Measuring = new MeasuringOptions(BatchSize, Seed, Tolerance),
            Versions = Versions.Here,
        };
    }

    private LearningPhaseTest TestOf(TransferNetwork tested) =>
        new(tested, new() { BatchSize = BatchSize, Seed = Seed, Tolerance = Tolerance });

    /// <summary>
    /// The test's own passes give the figures of the classes and the images that change, so no pass is run twice. Their probabilities are
    /// free for the collector before the next measurement begins.
    /// </summary>
    private (LearningPhaseReport Phases, ModelMeasurement Measurement, ClassChanges Changes) Answered(
        LabeledImages data, LabeledImages? validation, Action<string, double>? report, CancellationToken token)
    {
        var answers = TestOf(network).Run(data, validation, keepsProbabilities: true, report, token);
        var classes = network.Bind(validation ?? data).Classes;
        var measurement = ModelMeasurement.Of(answers.Validation ?? answers.Inference, classes, LearningPhase.Inference);
        return (answers.Report, measurement, ClassChanges.Between(network.Bind(data), answers.WithoutDropout, answers.Inference));
    }

    private RepairOutcome Repaired(LabeledImages data, LabeledImages? validation, Action<string, double>? report, CancellationToken token)
    {
        using var copy = network.Clone();
        var repair = new BatchNormRepair(copy) { BatchSize = BatchSize, Seed = Seed }.Run(data, report, token);
        return new RepairOutcome(repair.Layers, repair.Images, TestOf(copy).Run(data, validation, report, token));
    }
}
