using System.Text.Json;
using System.Text.Json.Nodes;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Reports;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.Core.Experiments;

/// <summary>What a run was made with.</summary>
/// <param name="PSTransfer">This project's.</param>
/// <param name="TorchSharp">The binding's.</param>
/// <param name="LibTorch">The engine's.</param>
/// <param name="DotNet">The runtime's.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Architecture">Of the process.</param>
public sealed record ExperimentVersions(string PSTransfer, string TorchSharp, string LibTorch, string DotNet, string OperatingSystem, string Architecture)
{
    /// <summary>Of this process.</summary>
    public static ExperimentVersions Current { get; } = new(
        typeof(ExperimentVersions).Assembly.GetName().Version!.ToString(3),
        typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3),
        Native.LibTorch.Version,
        Environment.Version.ToString(),
        System.Runtime.InteropServices.RuntimeInformation.OSDescription,
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString());
}

/// <summary>What a run came to, as it is stored beside its settings.</summary>
public sealed record ExperimentRecord
{
    internal const string FileName = "result.json";

    /// <summary>The settings beside it, as an experiment.</summary>
    internal const string SettingsName = "experiment.yml";

    private const long MostBytes = 64 << 20;

    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>The matrix' keys with the run's values, as YAML.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>SHA-256 over settings, images and weights: the same run has the same.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>SHA-256 over classes, labels and images.</summary>
    public required string DataHash { get; init; }

    /// <summary>SHA-256 of the weight file; null for random weights.</summary>
    public required string? WeightsHash { get; init; }

    /// <summary>Of the training's order, augmentation and dropout.</summary>
    public required int Seed { get; init; }

    /// <summary>What it was made with.</summary>
    public required ExperimentVersions Versions { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>Wall time of the training.</summary>
    public required double Seconds { get; init; }

    /// <summary>Why the training ended.</summary>
    public required StopReason Stopped { get; init; }

    /// <summary>The epoch with the lowest validation loss, or training loss without validation.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>The epochs.</summary>
    public required IReadOnlyList<EpochRecord> History { get; init; }

    /// <summary>On the validation images, or the training images without any.</summary>
    public required ModelMeasurement Measurement { get; init; }

    /// <summary>Where it was asked for.</summary>
    public LearningPhaseReport? LearningPhase { get; init; }

    /// <summary>The text of the file.</summary>
    internal string ToJson() => JsonRenderer.Render(this);

    /// <summary>The record of a run that was stored before; null where there is none.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="warn">Told of a file that is damaged.</param>
    internal static ExperimentRecord? Read(string folder, Action<string> warn)
    {
        var path = Path.Combine(folder, FileName);
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        try
        {
            if (file.Length > MostBytes)
            {
                throw new JsonException($"it has {file.Length} bytes.");
            }

            using var stream = RegularFile.OpenStream(path);
            var json = JsonNode.Parse(stream, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
            var record = json.Deserialize<ExperimentRecord>(JsonRenderer.Options) ?? throw new JsonException("it is null.");
            if (record is { Versions: null } or { Measurement: null } or { History: null })
            {
                throw new JsonException("a part of it is null.");
            }

            return record with { LearningPhase = WithIntervals(record.LearningPhase, json![nameof(LearningPhase)]?[nameof(LearningPhaseReport.TotalGap)]) };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException or NotSupportedException or PSTransferException)
        {
            warn($"{path} can't be used, and the run is run again: {error.Message}");
            return null;
        }
    }

    /// <summary>The total gap is the sum of others, but its intervals aren't: they are stored with it.</summary>
    private static LearningPhaseReport? WithIntervals(LearningPhaseReport? report, JsonNode? total)
    {
        return report is null || total is null ? report : report with { TotalIntervals = (Interval(nameof(MetricGap.AccuracyInterval)), Interval(nameof(MetricGap.LossInterval))) };

        ConfidenceInterval Interval(string name) => total[name].Deserialize<ConfidenceInterval>(JsonRenderer.Options);
    }
}
