using System.Text.Json;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Weights.Safetensors;
using TorchSharp;

namespace PSTransfer.Core.Training.Runs;

/// <summary>
/// A run's state after an epoch: a model file with the tensors of optimiser, average and best epoch and by what the run is known beside the
/// model's own. All random numbers of an epoch follow from (seed, epoch, step), and rates, patience and stage from the epochs, so nothing
/// else is needed to go on as if never stopped.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const string Key = "pstransfer.run";

    private readonly SafetensorsFile _file;

    private Checkpoint(SafetensorsFile file, IReadOnlyList<EpochRecord> history) => (_file, History) = (file, history);

    private sealed record Run(IReadOnlyList<EpochRecord> History, RunIdentity Identity);

    /// <summary>The epochs already run.</summary>
    public IReadOnlyList<EpochRecord> History { get; }

    /// <summary>Writes the checkpoint, whole or not at all. Does nothing without a path.</summary>
    /// <param name="network">The model as the last step left it.</param>
    /// <param name="path">Where; null for nowhere.</param>
    /// <param name="identity">The run's.</param>
    /// <param name="history">Its epochs.</param>
    /// <param name="tensors">What is kept beside the model's.</param>
    public static void Save(
        TransferNetwork network, string? path, RunIdentity? identity, IReadOnlyList<EpochRecord> history, IEnumerable<KeyValuePair<string, torch.Tensor>> tensors)
    {
        if (path is not null)
        {
            ModelFile.Write(network, path, overwrite: true, Key, JsonSerializer.Serialize(new Run(history, identity!), ModelFile.Json), tensors);
        }
    }

    /// <summary>Refuses a path where a run would replace a file that neither a run nor Export-TransferModel has written.</summary>
    /// <exception cref="PSTransferException">AlreadyExists.</exception>
    public static void RequireReplaceable(string path)
    {
        RegularFile.Require(path);
        if (File.Exists(path) && new FileInfo(path).Length > 0 && !ModelFile.IsOne(path))
        {
            throw new PSTransferException(
                FaultKind.AlreadyExists, $"{path} exists and can't be read as a checkpoint or a model file, so it isn't replaced. Give another -CheckpointPath, or delete the file.", path);
        }
    }

    /// <summary>Puts the model back to the checkpoint's state, when the options ask for it and the file is there.</summary>
    /// <returns>The checkpoint, for what it holds besides; null for a fresh start.</returns>
    /// <exception cref="PSTransferException">The checkpoint is damaged, or belongs to another model, other images or other settings; the model is as it was.</exception>
    public static Checkpoint? Open(TransferNetwork network, TrainingOptions options, RunPlan plan)
    {
        if (!options.Resume || !File.Exists(options.CheckpointPath))
        {
            return null;
        }

        var path = options.CheckpointPath;
        var file = OpenFile(path);
        try
        {
            ModelFile.RequireArchitecture(network, file, path);
            var run = Read(file, path);
            if (plan.Images.PathOf(0) is not null && ModelFile.DecoderOf(file, path) is var decoder && decoder != ImageDecoder.Version)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: this run saw its pictures through version {decoder} of the decoder, this PSTransfer has version {ImageDecoder.Version}: some pictures are other pixels now. "
                    + "Finish it with the PSTransfer that began it, or start anew without -Resume, from its weights if you like (Import-TransferModel).",
                    path);
            }

            var differences = run.Identity.Differences(plan.Identity!).ToList();
            if (differences.Count > 0)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: this checkpoint is of another run. {string.Join(" ", differences)} Resume with that run's images and settings, or start anew without -Resume, from its weights if you like (Import-TransferModel).",
                    path);
            }

            if (run.History.Count > options.TotalEpochs)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData, $"{path}: this checkpoint has {run.History.Count} epochs already, more than -Epochs {options.TotalEpochs}. Give at least as many, or start anew without -Resume.", path);
            }

            RequireSameWeights(network, file, run.History, plan, path);
            ModelFile.Restore(network, file, path);
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

    /// <summary>What no stage up to the checkpoint may change must be the model's to the bit, or the checkpoint would bring another backbone.</summary>
    private static void RequireSameWeights(TransferNetwork network, SafetensorsFile file, IReadOnlyList<EpochRecord> history, RunPlan plan, string path)
    {
        // A model that this very run has trained may have gone on into a stage that changes more, or have been damaged since.
        if (history.Count > 0 && network.History.Contains(history[^1]))
        {
            return;
        }

        using var _ = torch.no_grad();
        var changing = plan.Stages.Take(plan.StageOf(history)).SelectMany(stage => stage.Changing).ToHashSet();
        foreach (var (name, tensor) in network.State.Where(tensor => !changing.Contains(tensor.Key)))
        {
            using var there = torch.empty_like(tensor, device: torch.CPU, requires_grad: false);
            file.ReadInto(name, there);
            using var here = tensor.cpu();
            if (!here.bytes.SequenceEqual(there.bytes))
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: {name} isn't the model's, and nothing in this run changes it: the checkpoint comes from other pretrained weights. Give New-Backbone -Weights those of that run, or start anew without -Resume.",
                    path);
            }
        }
    }

    private static SafetensorsFile OpenFile(string path)
    {
        RegularFile.Require(path);
        try
        {
            return SafetensorsFile.Open(path);
        }
        catch (PSTransferException fault) when (fault.Kind == FaultKind.InvalidData)
        {
            throw Damaged(path, fault.Message.Replace($"; {FileFault.Again}", string.Empty, StringComparison.Ordinal).TrimEnd('.'), fault);
        }
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
                ? run with { Identity = run.Identity.Renamed() }
                : throw new JsonException("an epoch is null.");
        }
        catch (JsonException exception)
        {
            throw Damaged(path, $"{path}: the checkpoint's description in the header is damaged: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    /// <summary>A checkpoint can't be downloaded or exported again, as other files can.</summary>
    private static PSTransferException Damaged(string path, string what, Exception inner) => new(
        FaultKind.InvalidData, $"{what}. Put a whole copy of the checkpoint in its place, or give another -CheckpointPath to start anew.", path, inner);
}
