using System.Text.Json;
using PSTransfer.Core.Models;
using PSTransfer.Core.Weights.Safetensors;

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
            ModelFile.Write(network, path, overwrite: true, Key, JsonSerializer.Serialize(new Run(history, Settings(network, network.Classes, options, history[^1].Steps)), ModelFile.Json), optimizer.State);
        }
    }

    /// <summary>Puts model and optimiser back to the checkpoint's state, when the options ask for it and the file is there.</summary>
    /// <returns>The epochs already run; empty for a fresh start.</returns>
    /// <exception cref="PSTransferException">The checkpoint belongs to another model or other settings.</exception>
    public static List<EpochRecord> Resume(
        TransferNetwork network, IReadOnlyList<string> classes, RunOptimizer optimizer, TrainingOptions options, int stepsPerEpoch)
    {
        if (!options.Resume || !File.Exists(options.CheckpointPath))
        {
            return [];
        }

        using var file = ModelFile.OpenFor(network, options.CheckpointPath);
        var run = Read(file, options.CheckpointPath);
        var settings = Settings(network, classes, options, stepsPerEpoch);
        if (run.Settings != settings)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{options.CheckpointPath}: this checkpoint is of a run with {run.Settings}, not {settings}. Resume with the run's own settings, or start anew without -Resume.",
                options.CheckpointPath);
        }

        ModelFile.Restore(network, file, options.CheckpointPath);
        optimizer.Restore(run.History.Count * stepsPerEpoch, (name, tensor) => ModelFile.Read(file, name, tensor));
        return [.. run.History];
    }

    private static Run Read(SafetensorsFile file, string path)
    {
        if (!file.Metadata.TryGetValue(Key, out var json))
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: this is a model file, not a checkpoint of a run. Give another -CheckpointPath, or start anew without -Resume.", path);
        }

        try
        {
            return JsonSerializer.Deserialize<Run>(json, ModelFile.Json) is { } run && run.History.All(epoch => epoch is not null)
                ? run
                : throw new JsonException("an epoch is null.");
        }
        catch (JsonException exception)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: the checkpoint's description in the header is damaged: {exception.Message}", path, exception);
        }
    }

    /// <summary>
    /// What must be the same for a run to go on. More epochs are welcome, unless the rate depends on their number. Layers count too: the
    /// optimiser holds those that learn.
    /// </summary>
    private static string Settings(TransferNetwork network, IReadOnlyList<string> classes, TrainingOptions o, int stepsPerEpoch)
    {
        var modes = network.Layers.GroupBy(layer => layer.Mode).Select(group => $"{group.Key} on {group.Count()} layers");
        return FormattableString.Invariant(
            $"Optimizer {o.Optimizer}, LearningRate {o.Rate}, Schedule {o.Schedule}{(o.Schedule == ScheduleKind.Constant ? string.Empty : $" over {o.Epochs} epochs")}, Momentum {o.Momentum}, Nesterov {o.Nesterov}, WeightDecay {o.Decay}, BatchNormMomentum {o.BatchNormMomentum}, BatchSize {o.BatchSize}, StepsPerEpoch {stepsPerEpoch}, Loss {o.Loss}, Seed {o.Seed}, Augmentation {o.Augmentation}, FreezeMode {string.Join(" and ", modes)}, classes {string.Join(", ", classes)}");
    }
}
