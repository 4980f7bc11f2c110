using System.Text.Json.Serialization;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Diagnosis.Drift;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;

namespace PSTransfer.Core.Reports;

/// <summary>
/// The content of a training report: measured once by <see cref="TrainingReportMaker"/>, and rendered in several formats.
/// </summary>
public sealed record TrainingReport
{
    /// <summary>The time at which the report was measured.</summary>
    public required DateTimeOffset Measured { get; init; }

    /// <summary>The model's description.</summary>
    public required ModelSummary Model { get; init; }

    /// <summary>The data set that the model was trained on.</summary>
    public required DatasetSummary Dataset { get; init; }

    /// <summary>The data set that the model is validated on; null if there is none.</summary>
    public DatasetSummary? ValidationDataset { get; init; }

    /// <summary>The comparison of the phases, the causes of the gap, and the verdict.</summary>
    public required LearningPhaseReport LearningPhase { get; init; }

    /// <summary>The epochs trained; empty for an untrained model.</summary>
    public required IReadOnlyList<EpochRecord> History { get; init; }

    /// <summary>One row per BatchNorm layer in the order in which they run; empty for a model without BatchNorm.</summary>
    public required IReadOnlyList<BatchNormDrift> Drift { get; init; }

    /// <summary>The layers that are swapped for <see cref="BatchNormDrift.AccuracyIfSwapped"/>.</summary>
    public required DriftAttribution Attribution { get; init; }

    /// <summary>The figures of the inference phase by class, on the validation images or, without any, on the training images.</summary>
    public required ModelMeasurement Measurement { get; init; }

    /// <summary>The training images whose class differs between the phases.</summary>
    public required ClassChanges ClassChanges { get; init; }

    /// <summary>What a repair of BatchNorm would gain; null if the phases don't disagree.</summary>
    public RepairOutcome? Repair { get; init; }

    /// <summary>The options of the training; null if only the model is known.</summary>
    public TrainingOptions? Options { get; init; }

    /// <summary>The options of the report's own passes.</summary>
    public required MeasuringOptions Measuring { get; init; }

    /// <summary>The versions that the report was made with.</summary>
    public required Versions Versions { get; init; }
}

/// <summary>Describes a set of images. Resize is the rule that was chosen at import; null if the model's rule was taken.</summary>
public sealed record DatasetSummary(
    string Name, string Source, int Count, IReadOnlyList<string> Classes, IReadOnlyList<int> ClassCounts, ResizeRule? Resize = null)
{
    /// <summary>Describes a set.</summary>
    public static DatasetSummary Of(LabeledImages images) =>
        new(images.Name, images.Source, images.Count, images.Classes, images.ClassCounts, images.ChosenRule);
}

/// <summary>The options of a report's own passes.</summary>
public sealed record MeasuringOptions(int BatchSize, int Seed, double Tolerance);

/// <summary>What Repair-BatchNorm would bring, found on a copy.</summary>
/// <param name="Layers">BatchNorm layers that get new statistics.</param>
/// <param name="Images">Training images that the statistics are taken over.</param>
/// <param name="After">The same test on the repaired copy.</param>
public sealed record RepairOutcome(int Layers, int Images, LearningPhaseReport After);
