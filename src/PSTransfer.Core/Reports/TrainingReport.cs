using System.Text.Json.Serialization;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Diagnosis.Drift;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;

namespace PSTransfer.Core.Reports;

/// <summary>All that a training report shows: measured once, by <see cref="TrainingReportMaker"/>, and rendered in several formats.</summary>
public sealed record TrainingReport
{
    /// <summary>When it was measured.</summary>
    public required DateTimeOffset Measured { get; init; }

    /// <summary>The model.</summary>
    public required ModelSummary Model { get; init; }

    /// <summary>What the model was trained on.</summary>
    public required DatasetSummary Dataset { get; init; }

    /// <summary>What it is validated on; null without.</summary>
    public DatasetSummary? ValidationDataset { get; init; }

    /// <summary>The phases compared, the gap split into its causes, the verdict.</summary>
    public required LearningPhaseReport LearningPhase { get; init; }

    /// <summary>The epochs trained; empty for a model that wasn't.</summary>
    public required IReadOnlyList<EpochRecord> History { get; init; }

    /// <summary>A row per BatchNorm layer in the order in which they run; empty without any.</summary>
    public required IReadOnlyList<BatchNormDrift> Drift { get; init; }

    /// <summary>What <see cref="BatchNormDrift.AccuracyIfSwapped"/> swaps.</summary>
    public required DriftAttribution Attribution { get; init; }

    /// <summary>The inference phase by class, on the validation images where there are any, else on the training images.</summary>
    public required ModelMeasurement Measurement { get; init; }

    /// <summary>Training images whose class is another in the other phase.</summary>
    public required ClassChanges ClassChanges { get; init; }

    /// <summary>What a repair of BatchNorm would bring; null where the phases don't disagree.</summary>
    public RepairOutcome? Repair { get; init; }

    /// <summary>How the model was trained; null where only the model is known.</summary>
    public TrainingOptions? Options { get; init; }

    /// <summary>How the report was measured.</summary>
    public required MeasuringOptions Measuring { get; init; }

    /// <summary>What it ran on.</summary>
    public required Versions Versions { get; init; }
}

/// <summary>What is known of a set of images. Resize is the rule that was chosen at import; null where the model's was taken.</summary>
public sealed record DatasetSummary(
    string Name, string Source, int Count, IReadOnlyList<string> Classes, IReadOnlyList<int> ClassCounts, ResizeRule? Resize = null)
{
    /// <summary>Of a set.</summary>
    public static DatasetSummary Of(LabeledImages images) => new(images.Name, images.Source, images.Count, images.Classes, images.ClassCounts, images.ChosenRule);
}

/// <summary>How a report's own passes were made.</summary>
public sealed record MeasuringOptions(int BatchSize, int Seed, double Tolerance);

/// <summary>What Repair-BatchNorm would bring, found on a copy.</summary>
/// <param name="Layers">BatchNorm layers that get new statistics.</param>
/// <param name="Images">Training images that the statistics are taken over.</param>
/// <param name="After">The same test on the repaired copy.</param>
public sealed record RepairOutcome(int Layers, int Images, LearningPhaseReport After);
