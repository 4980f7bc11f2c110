using System.Text.Json;
using PSTransfer.Core.Models;
using PSTransfer.Core.Weights.Safetensors;
using TorchSharp;

namespace PSTransfer.Core.Training;

/// <summary>
/// A run's state after an epoch: a model file with the tensors of optimiser, average and best epoch and the run's settings beside the
/// model's own. All random numbers of an epoch follow from (seed, epoch, step), and rates, patience and phase from the epochs, so nothing
/// else is needed to go on as if never stopped.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const string Key = "pstransfer.run";

    private readonly SafetensorsFile _file;

    private Checkpoint(SafetensorsFile file, IReadOnlyList<EpochRecord> history) => (_file, History) = (file, history);

    private sealed record Run(IReadOnlyList<EpochRecord> History, string Settings);

    /// <summary>The epochs already run.</summary>
    public IReadOnlyList<EpochRecord> History { get; }

    /// <summary>Writes the checkpoint, whole or not at all. Does nothing without a path.</summary>
    /// <param name="network">The model as the last step left it.</param>
    /// <param name="path">Where; null for nowhere.</param>
    /// <param name="settings">The run's.</param>
    /// <param name="history">Its epochs.</param>
    /// <param name="tensors">What is kept beside the model's.</param>
    public static void Save(
        TransferNetwork network, string? path, string settings, IReadOnlyList<EpochRecord> history, IEnumerable<KeyValuePair<string, torch.Tensor>> tensors)
    {
        if (path is not null)
        {
            ModelFile.Write(network, path, overwrite: true, Key, JsonSerializer.Serialize(new Run(history, settings), ModelFile.Json), tensors);
        }
    }

    /// <summary>Puts the model back to the checkpoint's state, when the options ask for it and the file is there.</summary>
    /// <returns>The checkpoint, for what it holds besides; null for a fresh start.</returns>
    /// <exception cref="PSTransferException">The checkpoint belongs to another model or other settings.</exception>
    public static Checkpoint? Open(TransferNetwork network, TrainingOptions options, string settings)
    {
        if (!options.Resume || !File.Exists(options.CheckpointPath))
        {
            return null;
        }

        var file = ModelFile.OpenFor(network, options.CheckpointPath);
        try
        {
            var run = Read(file, options.CheckpointPath);
            if (run.Settings != settings)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{options.CheckpointPath}: this checkpoint is of a run with {run.Settings}, not {settings}. Resume with the run's own settings, or start anew without -Resume.",
                    options.CheckpointPath);
            }

            ModelFile.Restore(network, file, options.CheckpointPath);
            return new Checkpoint(file, run.History);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Fills a tensor that was given to <see cref="Save"/> under that name.</summary>
    public void Read(string name, torch.Tensor tensor)
    {
        using var _ = torch.no_grad();
        ModelFile.Read(_file, name, tensor);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>
    /// What must be the same for a run to go on. More epochs are welcome, unless the rate or a phase depends on their number. Layers count too:
    /// the optimiser holds those that learn.
    /// </summary>
    public static string Settings(TransferNetwork network, IReadOnlyList<string> classes, TrainingOptions o, int stepsPerEpoch)
    {
        var modes = network.Layers.GroupBy(layer => layer.Mode).Select(group => $"{group.Key} on {group.Count()} layers");
        var schedule = o.Schedule switch
        {
            ScheduleKind.Cosine or ScheduleKind.OneCycle => FormattableString.Invariant($" over {o.Epochs} epochs"),
            ScheduleKind.Step or ScheduleKind.Plateau => FormattableString.Invariant($" by {o.Factor} in {o.DecayEpochs} epochs"),
            _ => string.Empty,
        };
        var balance = o.BalanceClasses ? "Auto" : List(o.ClassWeights);
        var phases = o.Phases.Count == 0 ? "none" : FormattableString.Invariant($"{string.Join("; ", o.Phases)}; Epochs {o.Epochs}, EarlyStopping {o.EarlyStopping}");
        return FormattableString.Invariant(
            $"Optimizer {o.Optimizer}, LearningRate {o.Rate}, LayerRate {List(o.LayerRates)}, Schedule {o.Schedule}{schedule}, WarmupSteps {o.WarmupSteps}, Momentum {o.Momentum}, Nesterov {o.Nesterov}, WeightDecay {o.Decay}, ClipNorm {o.ClipNorm}, AccumulationSteps {o.AccumulationSteps}, WeightAverage {o.WeightAverage}, BatchNormMomentum {o.BatchNormMomentum}, BatchSize {o.BatchSize}, StepsPerEpoch {stepsPerEpoch}, Precision {o.Precision}, Loss {o.Loss}, LabelSmoothing {o.LabelSmoothing}, ClassWeight {balance}, Seed {o.Seed}, Augmentation {o.Augmentation}, CachedDraws {o.CachedDraws}, RestoreBest {o.RestoreBest}, Phase {phases}, FreezeMode {string.Join(" and ", modes)}, classes {string.Join(", ", classes)}");

        static string List(IReadOnlyDictionary<string, double>? values) => values is null
            ? "none"
            : string.Join(" and ", values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => FormattableString.Invariant($"{pair.Key} = {pair.Value}")));
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
}
