using System.Text.Json;
using System.Text.Json.Nodes;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Reports;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.Core.Experiments;

/// <summary>The versions of the software that a run was made with.</summary>
/// <param name="PSTransfer">The version of PSTransfer.</param>
/// <param name="TorchSharp">The version of TorchSharp.</param>
/// <param name="LibTorch">The version of libtorch.</param>
/// <param name="DotNet">The version of .NET.</param>
/// <param name="OperatingSystem">The operating system's name and version.</param>
/// <param name="Architecture">The architecture of the process.</param>
public sealed record ExperimentVersions(
    string PSTransfer, string TorchSharp, string LibTorch, string DotNet, string OperatingSystem, string Architecture)
{
    /// <summary>The versions of this process.</summary>
    public static ExperimentVersions Current { get; } = new(
        Reports.Versions.Here.PSTransfer,
        typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3),
        Reports.Versions.Here.LibTorch,
        Reports.Versions.Here.DotNet,
        Reports.Versions.Here.System,
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString());
}

/// <summary>The figures of a run, as they are stored beside its settings.</summary>
public sealed record ExperimentRecord
{
    internal const string FileName = "result.json";

    /// <summary>The name of the settings' file, which is an experiment itself.</summary>
    internal const string SettingsName = "experiment.yml";

    private const long MostBytes = 64 << 20;

    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>The run's values by the keys of the matrix, as YAML.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>SHA-256 over settings, images and weights. Equal runs have equal fingerprints.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>SHA-256 over classes, labels and images.</summary>
    public required string DataHash { get; init; }

    /// <summary>SHA-256 of the weight file; null for random weights.</summary>
    public required string? WeightsHash { get; init; }

    /// <summary>Seed of the training images' order, augmentation and dropout.</summary>
    public required int Seed { get; init; }

    /// <summary>The versions of the software that the run was made with.</summary>
    public required ExperimentVersions Versions { get; init; }

    /// <summary>The time at which the run ended.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>The duration of the training, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The reason why the training ended.</summary>
    public required StopReason Stopped { get; init; }

    /// <summary>The epoch with the lowest validation loss, or training loss without validation.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>The figures of each epoch.</summary>
    public required IReadOnlyList<EpochRecord> History { get; init; }

    /// <summary>The measurement on the validation images, or on the training images where there are none.</summary>
    public required ModelMeasurement Measurement { get; init; }

    /// <summary>The report of the learning-phase test; null where none was asked for.</summary>
    public LearningPhaseReport? LearningPhase { get; init; }

    /// <summary>The text of the file.</summary>
    internal string ToJson() => JsonRenderer.Render(this);

    /// <summary>Reads the record of a run; null where there is none that can be used.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="warn">Takes a warning about a damaged file.</param>
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

            var total = json![nameof(LearningPhase)]?[nameof(LearningPhaseReport.TotalGap)];
            return record with { LearningPhase = WithIntervals(record.LearningPhase, total) };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException
            or NotSupportedException or PSTransferException)
        {
            warn($"{path} can't be used, and the run is run again: {error.Message}");
            return null;
        }
    }

    /// <summary>
    /// The report with the stored intervals of the total gap. The gap is the sum of other gaps, but its intervals aren't.
    /// </summary>
    private static LearningPhaseReport? WithIntervals(LearningPhaseReport? report, JsonNode? total)
    {
        return report is null || total is null ? report : report with
        {
            TotalIntervals = (Interval(nameof(MetricGap.AccuracyInterval)), Interval(nameof(MetricGap.LossInterval))),
        };

        ConfidenceInterval Interval(string name) => total[name].Deserialize<ConfidenceInterval>(JsonRenderer.Options);
    }
}
