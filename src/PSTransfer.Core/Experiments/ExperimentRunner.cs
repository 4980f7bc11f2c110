using System.Security.Cryptography;
using System.Text;
using PSTransfer.Core.Data.Formats;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Downloads;
using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Runs;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Core.Experiments;

/// <summary>The outcome of a run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Record">The run's figures, made now or stored before.</param>
/// <param name="Folder">The folder with the stored figures; null where none are stored.</param>
/// <param name="Training">The model and its training; null where the figures were stored before.</param>
public sealed record ExperimentOutcome(ExperimentRun Run, ExperimentRecord Record, string? Folder, ExperimentTraining? Training);

/// <summary>A model that a run trained, with the images, the options and the result of its training.</summary>
public sealed record ExperimentTraining(
    TransferNetwork Network, LabeledImages Images, LabeledImages? Validation, TrainingOptions Options, TrainingResult Result);

/// <summary>Runs the runs of an experiment, one at a time.</summary>
/// <param name="experiment">An experiment without errors.</param>
public sealed class ExperimentRunner(Experiment experiment)
{
    /// <summary>The mark that stands for the run in paths.</summary>
    internal const string RunMark = "{run}";

    private const int DigitsInNames = 8;

    private readonly Dictionary<string, (ExperimentImages Images, string Hash)> _images = [];
    private readonly Dictionary<string, string> _weights = [];
    private readonly HashSet<string> _versions = [];

    /// <summary>Watches all runs: warnings, news, training steps, and the progress of everything else.</summary>
    public RunObserver Observer { get; init; } = new();

    /// <summary>Decides before each run that isn't stored whether it begins.</summary>
    public Func<ExperimentRun, bool> Start { get; init; } = _ => true;

    /// <summary>Says whether a publisher's weights are on this machine already.</summary>
    public Func<PublishedWeights, bool> IsHere { get; init; } = _ => false;

    /// <summary>Brings a publisher's weights to this machine, and gives their path.</summary>
    public Func<PublishedWeights, string> Fetch { get; init; } = weights => throw new PSTransferException(
        FaultKind.NotAvailable,
        $"{weights.FileName} isn't here.",
        weights.Name);

    /// <summary>Does a run, unless its figures are stored already.</summary>
    /// <param name="run">A run of the experiment.</param>
    /// <param name="force">Whether a stored run is done again, and files that are there are replaced.</param>
    /// <param name="token">Checked at each step.</param>
    /// <returns>The outcome; null where <see cref="Start"/> refused the run.</returns>
    /// <exception cref="PSTransferException">A fault that the check couldn't find, such as a loss out of range.</exception>
    public ExperimentOutcome? Run(ExperimentRun run, bool force, CancellationToken token)
    {
        using var keys = KeyNames.In(string.Empty);
        var settings = run.Settings;
        var (images, dataHash) = Images(settings.Data, token);

        // Nothing is downloaded for a run that Start refuses.
        var started = false;
        var file = settings.Backbone.Locate(
            path => path, weights => IsHere(weights) || (started = Start(run)) ? Fetch(weights) : string.Empty);
        if (file?.Length == 0)
        {
            return null;
        }

        var weightsHash = file is null ? null : HashOf(file, token);
        var description = run.Describe(settings.Output ?? experiment.Folder);
        var fingerprint = Hex(SHA256.HashData(Encoding.UTF8.GetBytes($"{description}{dataHash}\n{weightsHash}")));
        var id = $"{run.Name}-{fingerprint[..DigitsInNames]}";
        var folder = settings.Output is null ? null : Path.Combine(settings.Output, id);
        var save = Expand(settings.Evaluate.Save, id);
        var isRecorded = folder is not null && File.Exists(Path.Combine(folder, ExperimentRecord.FileName));
        if (!force && folder is not null && Stored(run, folder, fingerprint, save) is { } stored)
        {
            return new ExperimentOutcome(run, stored, folder, null);
        }

        if (!started && !Start(run))
        {
            return null;
        }

        WarnOfOthers(run, dataHash, weightsHash);
        var options = settings.Train with
        {
            CheckpointPath = Expand(settings.Train.CheckpointPath, id),
            LogPath = Expand(settings.Train.LogPath, id),
            TensorBoardPath = Expand(settings.Train.TensorBoardPath, id),
        };
        var replace = force || settings.Evaluate.Save?.Contains(RunMark, StringComparison.Ordinal) == true;
        Prepare(settings, id, folder, save, replace);
        using var hold = folder is null ? null : Hold(run, folder);

        // Another process may have ended the same run since the first look.
        if (!force && folder is not null && !isRecorded && Stored(run, folder, fingerprint, save) is { } ended)
        {
            return new ExperimentOutcome(run, ended, folder, null);
        }

        var network = Keyed(run, "backbone", warn => settings.Backbone.Create(file, Observer.Told, warn));
        try
        {
            network.SetHead(settings.Head.Head, settings.Head.Seed);
            Keyed(run, "freeze", warn =>
            {
                settings.Freeze?.Plan(options.Matches).Apply(network).ToList().ForEach(warn);
                return network;
            });

            var result = Keyed(run, "train", warn =>
                new Trainer(network, options, new TrainingObserver(Observer, run, warn)).Fit(images.Training, images.Validation, token));
            var record = new ExperimentRecord
            {
                Run = run.Name,
                Values = run.Values.ToDictionary(pair => pair.Key, pair => $"{pair.Value}"),
                Fingerprint = fingerprint,
                DataHash = dataHash,
                WeightsHash = weightsHash,
                Seed = options.Seed,
                Versions = ExperimentVersions.Current,
                Seconds = result.Seconds,
                Stopped = result.Stopped,
                BestEpoch = result.BestEpoch,
                History = result.History.ToArray(),
                Measurement = Keyed(run, "evaluate", _ => Measure(network, settings.Evaluate, images, token)),
                LearningPhase = settings.Evaluate.LearningPhase is not { } test ? null : Keyed(
                    run,
                    "evaluate.learningPhase",
                    _ => new LearningPhaseTest(network, test).Run(images.Training, images.Validation, Observer.Preparing, token)),
                Finished = DateTimeOffset.UtcNow,
            };
            if (save is not null)
            {
                Keep(
                    () => ModelExport.Save(network, save, ExportFormat.Model, replace),
                    "The result has the model; Export-TransferModel can save it elsewhere.");
            }

            var isStored = folder is not null
                && Keep(() => Store(folder, run, record), "The result has the figures; next time the run is run again.");
            var training = new ExperimentTraining(network, images.Training, images.Validation, options, result);
            return new ExperimentOutcome(run, record, isStored ? folder : null, training);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static ModelMeasurement Measure(
        TransferNetwork network, EvaluateSettings evaluate, ExperimentImages images, CancellationToken token) =>
        ModelMeasurement.Make(
            network, images.Validation ?? images.Training, evaluate.Phase, evaluate.BatchSize, evaluate.Seed, token, evaluate.Top);

    /// <summary>Writes settings and figures. The figures come last, because a run with figures counts as done.</summary>
    private static void Store(string folder, ExperimentRun run, ExperimentRecord record)
    {
        AtomicFile.Write(Path.Combine(folder, ExperimentRecord.SettingsName), overwrite: true, run.Describe(folder));
        AtomicFile.Write(Path.Combine(folder, ExperimentRecord.FileName), overwrite: true, record.ToJson());
    }

    /// <summary>Makes the run's folders, and refuses files that can't be written before anything is trained.</summary>
    private static void Prepare(ExperimentSettings settings, string id, string? folder, string? save, bool replace)
    {
        if (save is not null)
        {
            AtomicFile.RequireFree(save, replace);
            AtomicFile.RequireEnding(save, "Save", "a model", ".safetensors", ".pst");
        }

        string?[] paths = [settings.Train.CheckpointPath, settings.Train.LogPath, settings.Train.TensorBoardPath, settings.Evaluate.Save];
        var own = paths
            .Where(path => path?.Contains(RunMark, StringComparison.Ordinal) == true)
            .Select(path => Path.GetDirectoryName(Expand(path, id)));
        foreach (var needed in own.Append(folder).OfType<string>())
        {
            AtomicFile.RequireWritableFolder(needed);
        }

        string[] written = folder is null
            ? []
            : [Path.Combine(folder, ExperimentRecord.SettingsName), Path.Combine(folder, ExperimentRecord.FileName)];
        foreach (var path in written.Append(save).OfType<string>())
        {
            AtomicFile.RequireWritable(path);
        }
    }

    /// <summary>Locks the run's folder for this process.</summary>
    /// <exception cref="PSTransferException">InUse: another process runs the same run.</exception>
    private FileLock Hold(ExperimentRun run, string folder)
    {
        var held = FileLock.Take(Path.Combine(folder, ExperimentRecord.FileName), holder =>
            $"{run.Name}: {holder} is running this run in {folder}. When that run has ended, Invoke-Experiment reads its figures.");
        if (held.Doubt is { } doubt)
        {
            Observer.Warned($"{run.Name}: {doubt} So a second Invoke-Experiment isn't kept away from this run.");
        }

        return held;
    }

    /// <summary>Takes a step of the run. Its warnings and errors name the run, and options as keys of the section.</summary>
    private T Keyed<T>(ExperimentRun run, string section, Func<Action<string>, T> step)
    {
        using var keys = KeyNames.In(section);
        try
        {
            return step(warning => Observer.Warned($"{run.Name}: {warning}"));
        }
        catch (PSTransferException fault)
        {
            throw new PSTransferException(fault.Kind, $"{run.Name}: {fault.Message}", fault.Target, fault);
        }
    }

    /// <summary>Writes a file at the end of a run. A fault becomes a warning, so that the run itself isn't lost.</summary>
    private bool Keep(Action write, string remedy)
    {
        try
        {
            write();
            return true;
        }
        catch (PSTransferException fault)
        {
            Observer.Warned($"{fault.Message} {remedy}");
            return false;
        }
    }

    /// <summary>The record of a run that is done; null where figures are missing, or a model that should have been saved.</summary>
    private ExperimentRecord? Stored(ExperimentRun run, string folder, string fingerprint, string? save)
    {
        if (ExperimentRecord.Read(folder, Observer.Warned) is not { } stored || stored.Fingerprint != fingerprint)
        {
            return null;
        }

        if (save is not null && !File.Exists(save))
        {
            Observer.Warned($"{run.Name}: run before, but its model isn't at {save} any more: it is run again.");
            return null;
        }

        var (version, ours) = (stored.Versions.PSTransfer, ExperimentVersions.Current.PSTransfer);
        if (version != ours && _versions.Add(version))
        {
            Observer.Warned(
                $"{run.Name}: run before by PSTransfer {version}, and such figures are taken as they are; "
                + $"this is {ours}. -Force runs again.");
        }

        Observer.Told($"{run.Name}: run before, at {stored.Finished:u}; {folder}");
        return stored;
    }

    /// <summary>Warns where a stored run's own file is run with other images or weights, because it can't repeat the run then.</summary>
    private void WarnOfOthers(ExperimentRun run, string dataHash, string? weightsHash)
    {
        if (!Path.GetFileName(experiment.Path).Equals(ExperimentRecord.SettingsName, PathCase.Comparison())
            || ExperimentRecord.Read(experiment.Folder, _ => { }) is not { } stored
            || stored.Run != run.Name)
        {
            return;
        }

        var beside = Path.Combine(experiment.Folder, ExperimentRecord.FileName);
        if (stored.DataHash != dataHash)
        {
            Observer.Warned(
                $"{run.Name}: the images (SHA-256 {dataHash}) aren't those that {beside} was made with ({stored.DataHash}). The figures "
                + "will be others.");
        }

        if (stored.WeightsHash != weightsHash)
        {
            Observer.Warned(
                $"{run.Name}: the weights (SHA-256 {weightsHash ?? "none"}) aren't those that {beside} was made with "
                + $"({stored.WeightsHash ?? "none"}). The figures will be others.");
        }
    }

    /// <summary>The files of a TensorFlow.js model, without files that Finder or Explorer leave in the folder.</summary>
    internal static IEnumerable<string> FilesOf(string folder) =>
        Directory.GetFiles(folder).Where(file => Litter.FilePattern(Path.GetFileName(file)) is null).Order(StringComparer.Ordinal);

    /// <summary>
    /// Computes SHA-256 of a weight file, once for all runs with the same weights. The hash of a TensorFlow.js model is that of the
    /// hashes of all files in its folder.
    /// </summary>
    private string HashOf(string file, CancellationToken token)
    {
        if (!_weights.TryGetValue(file, out var known))
        {
            known = Directory.Exists(file)
                ? Hex(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', FilesOf(file).Select(Of)))))
                : Of(file);
            _weights[file] = known;
        }

        return known;

        string Of(string part)
        {
            using var stream = RegularFile.OpenStream(part);
            return PublishedHash.Of(PublishedHashKind.Sha256Start, stream, token);
        }
    }

    private static string? Expand(string? path, string id) => path?.Replace(RunMark, id, StringComparison.Ordinal);

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);

    /// <summary>Imports the images of a run and hashes them, once for all runs with the same images.</summary>
    private (ExperimentImages Images, string Hash) Images(DataSettings data, CancellationToken token)
    {
        var key = YamlText.Line(ExperimentKeys.Data.Write(data, experiment.Folder));
        if (!_images.TryGetValue(key, out var known))
        {
            var images = ExperimentImages.Import(data, (_, fault) => fault, token);
            foreach (var warning in images.Training.Warnings.Concat(images.Validation?.Warnings ?? []).Distinct())
            {
                Observer.Warned(warning);
            }

            known = _images[key] = (images, images.Hash(Observer.Preparing, token));
        }

        return known;
    }

    /// <summary>Watches the training of one run, and names the run.</summary>
    private sealed class TrainingObserver(RunObserver observer, ExperimentRun run, Action<string> warn) : RunObserver
    {
        public override void Preparing(string what, double share) => observer.Preparing(what, share);

        public override void Stepped(TrainingProgress progress) => observer.Stepped(progress);

        public override void EpochDone(EpochRecord epoch) => observer.Told($"{run.Name}: {epoch}");

        public override void Warned(string text) => warn(text);

        public override void Told(string text) => observer.Told(text);
    }
}
