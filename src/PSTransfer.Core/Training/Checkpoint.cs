using System.Text.Json;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training;

/// <summary>
/// A run's state after an epoch: a model file with the optimiser's tensors and the run's settings beside the model's own. All random
/// numbers of an epoch follow from (seed, epoch, step), so nothing else is needed to go on as if never stopped.
/// </summary>
internal static class Checkpoint
{
    private const string Key = "pstransfer.run";

    private sealed record Run(IReadOnlyList<EpochRecord> History, string Settings);

    /// <summary>Writes the checkpoint, whole or not at all. Does nothing without a path.</summary>
    public static void Save(TransferNetwork network, RunOptimizer optimizer, TrainingOptions options, IReadOnlyList<EpochRecord> history)
    {
        if (options.CheckpointPath is { } path)
        {
            ModelFile.Write(network, path, overwrite: true, Key, JsonSerializer.Serialize(new Run(history, Settings(options)), ModelFile.Json), optimizer.State);
        }
    }

    /// <summary>Puts model and optimiser back to the checkpoint's state, when the options ask for it and the file is there.</summary>
    /// <returns>The epochs already run; empty for a fresh start.</returns>
    /// <exception cref="PSTransferException">The checkpoint belongs to another model or other settings.</exception>
    public static List<EpochRecord> Resume(TransferNetwork network, RunOptimizer optimizer, TrainingOptions options, int stepsPerEpoch)
    {
        if (!options.Resume || !File.Exists(options.CheckpointPath))
        {
            return [];
        }

        using var file = ModelFile.OpenFor(network, options.CheckpointPath);
        var run = file.Metadata.TryGetValue(Key, out var json) ? JsonSerializer.Deserialize<Run>(json, ModelFile.Json) : null;
        if (run is null || run.Settings != Settings(options))
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{options.CheckpointPath}: this checkpoint {(run is null ? "is a model file without a run" : $"is of a run with {run.Settings}, not {Settings(options)}")}. Resume with the run's own settings, or start anew without -Resume.",
                options.CheckpointPath);
        }

        ModelFile.Restore(network, file, options.CheckpointPath);
        optimizer.Restore(run.History.Count * stepsPerEpoch, (name, tensor) => ModelFile.Read(file, name, tensor));
        return [.. run.History];
    }

    /// <summary>What must be the same for a run to go on. More epochs are welcome, unless the rate depends on their number.</summary>
    private static string Settings(TrainingOptions o) => FormattableString.Invariant(
        $"Optimizer {o.Optimizer}, LearningRate {o.Rate}, Schedule {o.Schedule}{(o.Schedule == ScheduleKind.Constant ? string.Empty : $" over {o.Epochs} epochs")}, Momentum {o.Momentum}, Nesterov {o.Nesterov}, WeightDecay {o.Decay}, BatchSize {o.BatchSize}, StepsPerEpoch {o.StepsPerEpoch}, Loss {o.Loss}, Seed {o.Seed}, Augmentation {o.Augmentation}");
}
