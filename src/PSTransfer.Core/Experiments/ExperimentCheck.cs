using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Native;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Loss;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.Core.Experiments;

/// <summary>
/// Checks an experiment against its files and its network: images, classes, weights, layers. The check trains, downloads and writes
/// nothing.
/// </summary>
public sealed class ExperimentCheck
{
    private readonly Experiment _experiment;
    private readonly Dictionary<string, ExperimentImages?> _images = [];
    private readonly CancellationToken _token;

    private ExperimentCheck(Experiment experiment, CancellationToken token) => (_experiment, _token) = (experiment, token);

    /// <summary>Adds errors to an experiment.</summary>
    /// <param name="experiment">The experiment. Where it has errors already, the parts without errors are checked.</param>
    /// <param name="token">Checked between runs.</param>
    public static void Run(Experiment experiment, CancellationToken token)
    {
        var check = new ExperimentCheck(experiment, token);
        check.Share("train", "checkpointPath", run => run.Settings.Train.CheckpointPath);
        check.Share("train", "logPath", run => run.Settings.Train.LogPath);
        check.Share("train", "tensorBoardPath", run => run.Settings.Train.TensorBoardPath, isFolder: true);
        check.Share("evaluate", "save", run => run.Settings.Evaluate.Save);
        if (experiment.Runs is [{ Settings.Output: { } output } first, ..])
        {
            check.Try(first, string.Empty, "output", () => RequireNoFile(output));
        }

        var (data, backbone, all) = (check.IsClean("data"), check.IsClean("backbone"), experiment.Errors.Count == 0);
        foreach (var run in experiment.Runs)
        {
            token.ThrowIfCancellationRequested();
            var images = data ? check.Images(run) : null;
            if (backbone)
            {
                var settings = run.Settings.Backbone;
                check.Try(run, "backbone", "weights", () => settings.Locate(path => path, _ => string.Empty));
                check.Try(run, "backbone", "device", () => ComputeDevice.Parse(settings.Device));
            }

            if (images is not null && all)
            {
                check.Plan(run, images);
            }
        }
    }

    /// <summary>Whether neither a section nor the file as a whole has an error.</summary>
    private bool IsClean(string section) =>
        _experiment.Errors.All(error => error.Key.Split('.')[0] is var key && key != section && key.Length > 0);

    /// <summary>
    /// Refuses one path for several runs, and paths whose folder isn't there. Folders of runs needn't be there: they are made.
    /// </summary>
    private void Share(string section, string key, Func<ExperimentRun, string?> path, bool isFolder = false)
    {
        foreach (var group in _experiment.Runs.Where(run => path(run) is not null).GroupBy(path, PathCase.Comparer()))
        {
            var (run, shared) = (group.First(), group.Key!);
            var above = Path.GetDirectoryName(shared);
            if (group.Count() > 1 && !shared.Contains(ExperimentRunner.RunMark, StringComparison.Ordinal))
            {
                var what = isFolder ? "folder" : "file";
                Tell(
                    run,
                    section,
                    key,
                    $"is the same {what} for {group.Count()} runs. "
                    + $"Put {ExperimentRunner.RunMark} into its name, which stands for the run.");
            }
            else if (isFolder || above?.Contains(ExperimentRunner.RunMark, StringComparison.Ordinal) == true)
            {
                Try(run, section, key, () => RequireNoFile(isFolder ? shared : above));
            }
            else
            {
                Try(run, section, key, () => AtomicFile.RequireFolder(shared));
            }
        }
    }

    /// <summary>Refuses a folder that can't be made, because it or a folder above it is a file.</summary>
    private static void RequireNoFile(string? folder)
    {
        for (var above = folder; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
            {
                throw new PSTransferException(FaultKind.WriteFailed, $"{above} is a file; give the path of a folder.", above);
            }
        }
    }

    private ExperimentImages? Images(ExperimentRun run)
    {
        var data = run.Settings.Data;
        var key = YamlText.Line(ExperimentKeys.Data.Write(data, _experiment.Folder));
        if (!_images.TryGetValue(key, out var images))
        {
            // The images aren't decoded: that may take an hour.
            try
            {
                var validation = data.Validation is { } own && own != DataSettings.Same ? Undecoded(own) : data.Validation;
                images = ExperimentImages.Import(
                    Undecoded(data) with { Validation = validation }, (section, fault) => new SectionFault(section, fault), _token);
            }
            catch (SectionFault fault)
            {
                var source = fault.Section == "data.validation" ? data.Validation! : data;
                Place(run, fault.Section, source.Table is null ? "path" : "table", fault.Fault);
            }

            _images[key] = images;
        }

        return images;
    }

    /// <summary>The settings without decoding. A table may still leave out rows whose file isn't there.</summary>
    private static DataSettings Undecoded(DataSettings data) =>
        data with
        {
            Options = data.Options with { SkipInvalid = data.Options.SkipInvalid && data.Table is not null, LooksInside = false },
        };

    /// <summary>Builds the network without weights, and plans the run with it.</summary>
    private void Plan(ExperimentRun run, ExperimentImages images)
    {
        var settings = run.Settings;
        TransferNetwork? network = null;
        try
        {
            var (spec, shape) = (settings.Backbone.Spec, settings.Backbone.Shape);
            if (Try(run, "backbone", "inputShape", () => network = TransferNetwork.Create(spec, shape, seed: null))
                && Try(run, "data", "imageSize", () => Fit(network!, images))
                && Try(run, "head", "classCount", () => network!.SetHead(settings.Head.Head, seed: null))
                && Try(run, "freeze", "layer", () => settings.Freeze?.Plan(settings.Train.Matches).Apply(network!))
                && Try(run, "head", "classCount", () => Objective.For(network!, images.Training)))
            {
                var options = settings.Train with { CheckpointPath = null, Resume = false, FeatureCache = "Off" };
                Try(run, "train", null, () => Plan(network!, options, images));
            }
        }
        finally
        {
            network?.Dispose();
        }
    }

    private static void Fit(TransferNetwork network, ExperimentImages images)
    {
        network.Bind(images.Training);
        _ = images.Validation is null ? null : network.Bind(images.Validation);
    }

    private static void Plan(TransferNetwork network, TrainingOptions options, ExperimentImages images)
    {
        TrainingLoss.For(network, images.Training, options).Dispose();
        var plan = RunPlan.Make(network, options, images.Training, images.Validation);
        if (options.Strict && plan.Findings.Count > 0)
        {
            throw new PSTransferException(
                FaultKind.Unsound, string.Join(" ", plan.Findings.Select(finding => finding.Message)), nameof(options.Strict));
        }
    }

    private bool Try(ExperimentRun run, string section, string? key, Action action)
    {
        using var keys = KeyNames.In(section);
        try
        {
            action();
            return true;
        }
        catch (PSTransferException fault)
        {
            Place(run, section, key, fault);
            return false;
        }
    }

    private void Place(ExperimentRun run, string section, string? otherwise, PSTransferException fault)
    {
        var keys = ExperimentKeys.All
            .Where(one => one.Path == (section.Length == 0 ? one.Key.Name : $"{section}.{one.Key.Name}"))
            .Select(one => one.Key);
        var map = SectionOf(run, section);
        KeyNames.Place(fault, map, section, _experiment.Faults, KeyNames.KeyOf(fault, map, keys) ?? otherwise);
    }

    private void Tell(ExperimentRun run, string section, string key, string message) =>
        _experiment.Faults.Add(SectionOf(run, section).Find(key)!.Value.Place, $"{section}.{key}", message);

    private static YamlMap SectionOf(ExperimentRun run, string section)
    {
        var map = run.Document;
        foreach (var key in section.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            map = map.Find(key)?.Value as YamlMap ?? new YamlMap([], map.Find(key)?.Place ?? map.Place);
        }

        return map;
    }

    /// <summary>A fault of images, with the section that it belongs to.</summary>
    private sealed class SectionFault(string section, PSTransferException fault) : Exception(fault.Message, fault)
    {
        public string Section { get; } = section;

        public PSTransferException Fault { get; } = fault;
    }
}
