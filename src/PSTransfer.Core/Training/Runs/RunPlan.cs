using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Evaluation.Features;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Native;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training.Guard;
using PSTransfer.Core.Training.Optimisation;

namespace PSTransfer.Core.Training.Runs;

/// <summary>The plan of a run: its settings, checked against model and data before any work is done.</summary>
internal sealed record RunPlan
{
    /// <summary>Training images of the model's shape.</summary>
    public required LabeledImages Images { get; init; }

    /// <summary>Validation images of the model's shape; null for none.</summary>
    public required LabeledImages? Unseen { get; init; }

    /// <summary>Batches in an epoch.</summary>
    public required int Steps { get; init; }

    /// <summary>The optimiser's updates in an epoch.</summary>
    public required int Updates { get; init; }

    /// <summary>The stages of the run, at least one.</summary>
    public required IReadOnlyList<StagePlan> Stages { get; init; }

    /// <summary>Identifies the run, so that it resumes from no other run's checkpoint; null for a run without checkpoints.</summary>
    public required RunIdentity? Identity { get; init; }

    /// <summary>Findings about BatchNorm that are known before the run.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>A warning for each setting that does nothing.</summary>
    public required IReadOnlyList<string> Idle { get; init; }

    /// <summary>The mean number of images in a step; the last batch of a pass may be smaller.</summary>
    public required double ImagesPerStep { get; init; }

    /// <summary>Plans a run. Afterwards the model is as it was.</summary>
    /// <exception cref="PSTransferException">Settings, model and data don't fit each other.</exception>
    public static RunPlan Make(TransferNetwork network, TrainingOptions options, LabeledImages data, LabeledImages? validation)
    {
        Mixup.CheckHead(options.Augmentation, network.Head!.ClassCount);
        if (options.Precision == Precision.BFloat16)
        {
            BFloat16Arithmetic.Require(network.Device);
        }

        var images = data.ForModel(network.Pixels);
        var unseen = CheckValidation(images, validation);
        if (options.CheckpointPath is { } path)
        {
            AtomicFile.RequireWritable(path);
            if (!options.Resume)
            {
                Checkpoint.RequireReplaceable(path);
            }

            AtomicFile.RequireEnding(path, nameof(options.CheckpointPath), "a checkpoint", ".ckpt", ".checkpoint", ".safetensors", ".pst");
        }

        if (options.LogPath is { } log)
        {
            AtomicFile.RequireEnding(
                log, nameof(options.LogPath), "a log with a line of JSON for each epoch", ".jsonl", ".ndjson", ".json", ".log", ".txt");
        }

        var passSteps = Parts(images.Count, options.BatchSize);
        var steps = options.StepsPerEpoch ?? passSteps;
        var updates = Parts(steps, options.AccumulationSteps);
        var modes = network.Layers.Select(layer => (Layer: layer, layer.Mode)).ToList();
        try
        {
            var stages = new List<StagePlan>();
            var findings = new List<Finding>();
            var learning = new HashSet<Layer>();
            RunIdentity? identity = null;
            foreach (var (index, own) in options.PerStage.Index())
            {
                var name = options.Stages.Count == 0 ? string.Empty : $"Stage {index + 1}: ";
                var all = (long)own.Epochs * updates;
                PSTransferException.Require(
                    options.WarmupSteps < all,
                    nameof(options.WarmupSteps),
                    $"{options.WarmupSteps} leaves nothing of the {all} updates of "
                    + (name.Length == 0 ? "the run" : $"stage {index + 1}"));
                var (freeze, found) = Try(network, own, options.Stages.ElementAtOrDefault(index), index + 1, images.Count, steps);
                identity ??= options.CheckpointPath is null ? null : RunIdentity.Of(network, options, images, unseen, steps);
                learning.UnionWith(network.Layers.Where(layer => layer.Learns));
                findings.AddRange(found.Select(finding => finding with { Message = name + finding.Message }));
                var unadapted = TrainingAdvice.Unadapted(network, own, (long)own.Epochs * steps, stopped: false) is not null;
                stages.Add(new StagePlan(index + 1, name, own, freeze, [.. network.Changing.Select(tensor => tensor.Key)], unadapted));
            }

            // Last, because it may make a folder.
            FeatureCachePlan.Parse(options.FeatureCache)?.RequireFolder();
            return new RunPlan
            {
                Images = images,
                Unseen = unseen,
                Steps = steps,
                Updates = updates,
                ImagesPerStep = (double)images.Count / passSteps,
                Stages = stages,
                Identity = identity,
                Findings = findings,
                Idle = [.. LayerRates.Idle(network, options, learning)],
            };
        }
        finally
        {
            modes.ForEach(pair => pair.Layer.Mode = pair.Mode);
        }
    }

    /// <summary>The number of the stage that the last epoch belongs to; 1 before the first epoch.</summary>
    /// <param name="history">Epochs with the numbers of their stages.</param>
    public static int StageOf(IReadOnlyList<EpochRecord> history) => history.Count == 0 ? 1 : history[^1].Stage!.Value;

    /// <summary>Gives each epoch of a checkpoint the number of its stage, which old checkpoints don't hold.</summary>
    public IReadOnlyList<EpochRecord> Number(IEnumerable<EpochRecord> history)
    {
        var (numbered, own, stage) = (new List<EpochRecord>(), new List<EpochRecord>(), 1);
        foreach (var epoch in history)
        {
            if (stage < Stages.Count && Stages[stage - 1].IsOver(own))
            {
                own.Clear();
                stage++;
            }

            own.Add(epoch);
            numbered.Add(epoch with { Stage = stage });
        }

        return numbered;
    }

    /// <summary>The number of parts of a given size in a whole. The last part may be smaller.</summary>
    private static int Parts(int whole, int size) => (int)(((long)whole + size - 1) / size);

    private static (FreezePlan? Freeze, IReadOnlyList<Finding> Findings) Try(
        TransferNetwork network, TrainingOptions options, TrainingStage? stage, int number, int images, int steps)
    {
        var freeze = stage?.Mode is { } mode
            ? new FreezePlan { Mode = mode, LayerPatterns = stage.LayerPatterns, First = stage.First, Matches = options.Matches }
            : null;
        try
        {
            using (Option.Under("Stage"))
            {
                freeze?.Apply(network);
            }

            using var optimizer = new RunOptimizer(network, options);
            return (freeze, TrainingAdvice.Before(network, options, images, steps));
        }
        catch (PSTransferException fault) when (stage is not null)
        {
            throw new PSTransferException(
                fault.Kind, fault.Message, fault.Target, fault) { Parameter = "Stage", Item = number, Others = fault.Others };
        }
    }

    /// <summary>The validation images, labelled and resized as the training images are.</summary>
    private static LabeledImages? CheckValidation(LabeledImages data, LabeledImages? validation)
    {
        validation = validation?.ForClasses(data.Classes);
        if (validation is not null && !validation.Classes.SequenceEqual(data.Classes))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"'{validation.Name}' has the classes {string.Join(", ", validation.Classes)}, but '{data.Name}' has "
                + $"{string.Join(", ", data.Classes)}. "
                + $"Give {Option.Name("Class", of: "Import-ImageDataset")} the same classes in the same order for both.",
                "ValidationDataset");
        }

        return validation?.ForModel(data.Pixels!, isFixed: true);
    }
}
