using System.Security.Cryptography;
using System.Text;
using PSTransfer.Core.Data;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Core.Experiments;

/// <summary>What a run gave.</summary>
/// <param name="Run">Which.</param>
/// <param name="Record">Its figures, made now or stored before.</param>
/// <param name="Folder">Where they are stored; null for nowhere.</param>
/// <param name="Training">The model and how it was trained; null where the figures were stored before.</param>
public sealed record ExperimentOutcome(ExperimentRun Run, ExperimentRecord Record, string? Folder, ExperimentTraining? Training);

/// <summary>A model that a run trained.</summary>
public sealed record ExperimentTraining(
    TransferNetwork Network, LabeledImages Images, LabeledImages? Validation, TrainingOptions Options, TrainingResult Result);

/// <summary>Runs the runs of an experiment, one at a time.</summary>
/// <param name="experiment">Without errors.</param>
public sealed class ExperimentRunner(Experiment experiment)
{
    /// <summary>What stands for the run in paths.</summary>
    internal const string RunMark = "{run}";

    private const int DigitsInNames = 8;

    private readonly Dictionary<string, (ExperimentImages Images, string Hash)> _images = [];
    private readonly Dictionary<string, string> _weights = [];

    /// <summary>Told what the user should know.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Told what happens.</summary>
    public Action<string> Tell { get; init; } = _ => { };

    /// <summary>Told after each training step.</summary>
    public Action<TrainingProgress> Stepped { get; init; } = _ => { };

    /// <summary>Told how far anything else is: what, and the share that is done.</summary>
    public Action<string, double> Working { get; init; } = (_, _) => { };

    /// <summary>Brings a publisher's weights here.</summary>
    public Func<PublishedWeights, string> Fetch { get; init; } = weights => throw new PSTransferException(FaultKind.NotAvailable, $"{weights.FileName} isn't here.", weights.Name);

    /// <summary>Runs one, unless its figures are stored already.</summary>
    /// <param name="run">One of the experiment's.</param>
    /// <param name="force">Run it even so, and replace files that are there.</param>
    /// <param name="token">Checked at each step.</param>
    /// <exception cref="PSTransferException">Something that the check couldn't see, such as a loss out of range.</exception>
    public ExperimentOutcome Run(ExperimentRun run, bool force, CancellationToken token)
    {
        var settings = run.Settings;
        var (images, dataHash) = Images(settings.Data, token);
        var file = settings.Backbone.Locate(path => path, Fetch);
        var weightsHash = file is null ? null : HashOf(file, token);
        var fingerprint = Hex(SHA256.HashData(Encoding.UTF8.GetBytes($"{run.Describe(settings.Output ?? experiment.Folder)}{dataHash}\n{weightsHash}")));
        var id = $"{run.Name}-{fingerprint[..DigitsInNames]}";
        var folder = settings.Output is null ? null : Path.Combine(settings.Output, id);
        if (!force && folder is not null && ExperimentRecord.Find(folder, fingerprint, Warn) is { } stored)
        {
            Tell($"{run.Name}: run before, at {stored.Finished:u}; {folder}");
            return new ExperimentOutcome(run, stored, folder, null);
        }

        var options = settings.Train with
        {
            CheckpointPath = Expand(settings.Train.CheckpointPath, id),
            LogPath = Expand(settings.Train.LogPath, id),
            TensorBoardPath = Expand(settings.Train.TensorBoardPath, id),
        };
        var save = Expand(settings.Evaluate.Save, id);
        var replace = force || settings.Evaluate.Save?.Contains(RunMark, StringComparison.Ordinal) == true;
        _ = save is null ? null : RequireFree(save, replace);
        Make(folder);
        var network = settings.Backbone.Create(file, Tell, Warn);
        try
        {
            network.SetHead(settings.Head.Head, settings.Head.Seed);
            foreach (var warning in settings.Freeze?.Plan(options.Matches).Apply(network) ?? [])
            {
                Warn(warning);
            }

            var result = new Trainer(network, options, Stepped, Warn, epoch => Tell($"{run.Name}: {epoch}"), Working, Tell).Fit(images.Training, images.Validation, token);
            var record = new ExperimentRecord
            {
                Run = run.Name,
                Values = run.Values.ToDictionary(pair => pair.Key, pair => FormattableString.Invariant($"{pair.Value}")),
                Fingerprint = fingerprint,
                DataHash = dataHash,
                WeightsHash = weightsHash,
                Seed = options.Seed,
                Versions = ExperimentVersions.Current,
                Seconds = result.Seconds,
                Stopped = result.Stopped,
                BestEpoch = result.BestEpoch,
                History = result.History.ToArray(),
                Measurement = Measure(network, settings.Evaluate, images, token),
                LearningPhase = settings.Evaluate.LearningPhase?.For(network).Run(images.Training, images.Validation, Working, token),
                Finished = DateTimeOffset.UtcNow,
            };
            if (save is not null)
            {
                ModelExport.Save(network, save, ExportFormat.Model, replace);
            }

            Store(folder, run, record);
            return new ExperimentOutcome(run, record, folder, new ExperimentTraining(network, images.Training, images.Validation, options, result));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static ModelMeasurement Measure(TransferNetwork network, EvaluateSettings evaluate, ExperimentImages images, CancellationToken token) =>
        ModelMeasurement.Make(network, images.Validation ?? images.Training, evaluate.Phase, evaluate.BatchSize, evaluate.Seed, token, evaluate.Top);

    /// <summary>The settings first: a run is done when its figures are there.</summary>
    private static void Store(string? folder, ExperimentRun run, ExperimentRecord record)
    {
        if (folder is not null)
        {
            AtomicFile.Write(Path.Combine(folder, "experiment.yml"), overwrite: true, run.Describe(folder));
            AtomicFile.Write(Path.Combine(folder, ExperimentRecord.FileName), overwrite: true, record.ToJson());
        }
    }

    private static string RequireFree(string path, bool replace)
    {
        AtomicFile.RequireFree(path, replace);
        return path;
    }

    private static void Make(string? folder)
    {
        try
        {
            _ = folder is null ? null : Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(FaultKind.WriteFailed, $"{folder}: the folder can't be made: {error.Message}", folder, error);
        }
    }

    /// <summary>SHA-256 of a weight file, read once for all runs that have the same; of the hashes of all files in a TensorFlow.js model's folder.</summary>
    private string HashOf(string file, CancellationToken token)
    {
        if (!_weights.TryGetValue(file, out var known))
        {
            known = Directory.Exists(file)
                ? Hex(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Directory.GetFiles(file).Order(StringComparer.Ordinal).Select(Of)))))
                : Of(file);
            _weights[file] = known;
        }

        return known;

        string Of(string part)
        {
            using var stream = File.OpenRead(part);
            return PublishedHash.Of(PublishedHashKind.Sha256Start, stream, token);
        }
    }

    private static string? Expand(string? path, string id) => path?.Replace(RunMark, id, StringComparison.Ordinal);

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);

    /// <summary>Images are read once for all runs that have the same.</summary>
    private (ExperimentImages Images, string Hash) Images(DataSettings data, CancellationToken token)
    {
        var key = YamlText.Line(ExperimentKeys.Data.Write(data, experiment.Folder));
        if (!_images.TryGetValue(key, out var known))
        {
            var images = ExperimentImages.Import(data, fault => fault, token);
            foreach (var warning in images.Training.Warnings.Concat(images.Validation?.Warnings ?? []).Distinct())
            {
                Warn(warning);
            }

            known = _images[key] = (images, images.Hash());
        }

        return known;
    }
}
