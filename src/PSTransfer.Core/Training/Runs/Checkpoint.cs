using System.Text.Json;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Safetensors;
using TorchSharp;

namespace PSTransfer.Core.Training.Runs;

/// <summary>
/// A model file that also holds the tensors of the optimiser, the weight average and the best epoch, and the run's identity, by which
/// -Resume recognises it. Nothing else is needed to go on to the bit: random numbers follow from (seed, epoch, step), and learning rate,
/// patience and stage follow from the epochs.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const string Key = "pstransfer.run";

    private readonly SafetensorsFile _file;

    private Checkpoint(SafetensorsFile file, IReadOnlyList<EpochRecord> history) => (_file, History) = (file, history);

    private sealed record Description(IReadOnlyList<EpochRecord> History, RunIdentity Identity);

    /// <summary>The epochs already run, with the numbers of their stages.</summary>
    public IReadOnlyList<EpochRecord> History { get; }

    /// <summary>Writes the checkpoint, whole or not at all. Does nothing without a path.</summary>
    /// <param name="network">The model as the last step left it.</param>
    /// <param name="path">The file; null for none.</param>
    /// <param name="identity">The identity of the run.</param>
    /// <param name="history">The epochs of the run.</param>
    /// <param name="tensors">The tensors to keep beside the model's.</param>
    public static void Save(
        TransferNetwork network,
        string? path,
        RunIdentity? identity,
        IReadOnlyList<EpochRecord> history,
        IEnumerable<KeyValuePair<string, torch.Tensor>> tensors)
    {
        if (path is not null)
        {
            var description = JsonSerializer.Serialize(new Description(history, identity!), ModelFile.Json);
            ModelFile.Write(network, path, overwrite: true, Key, description, tensors);
        }
    }

    /// <summary>Refuses to replace a file that neither a run nor Export-TransferModel has written.</summary>
    /// <exception cref="PSTransferException">AlreadyExists.</exception>
    public static void RequireReplaceable(string path)
    {
        RegularFile.Require(path);
        if (File.Exists(path) && new FileInfo(path).Length > 0 && !ModelFile.IsOne(path))
        {
            throw new PSTransferException(
                FaultKind.AlreadyExists,
                $"{path} exists and can't be read as a checkpoint or a model file, so it isn't replaced. "
                + $"Give another {Option.Name("CheckpointPath")}, or delete the file.",
                path);
        }
    }

    /// <summary>Puts the model back to the checkpoint's state, if the options ask for it and the file exists.</summary>
    /// <returns>The checkpoint; null for a fresh start.</returns>
    /// <exception cref="PSTransferException">The checkpoint is damaged, or belongs to another model, other images or other settings. The
    /// model is as it was.</exception>
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
                    $"{path}: this run saw its pictures through version {decoder} of the decoder, "
                    + $"this PSTransfer has version {ImageDecoder.Version}: some pictures are other pixels now. "
                    + $"Finish it with the PSTransfer that began it, or start anew without {Option.Name("Resume")}, "
                    + "from its weights if you like (Import-TransferModel).",
                    path);
            }

            var differences = run.Identity.Differences(plan.Identity!).ToList();
            if (differences.Count > 0)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: this checkpoint is of another run. {string.Join(" ", differences)} "
                    + "Resume with that run's images and settings, "
                    + $"or start anew without {Option.Name("Resume")}, from its weights if you like (Import-TransferModel).",
                    path);
            }

            if (run.History.Count > options.TotalEpochs)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: this checkpoint has {run.History.Count} epochs already, "
                    + $"more than {Option.Set("Epochs", options.TotalEpochs)}. "
                    + $"Give at least as many, or start anew without {Option.Name("Resume")}.",
                    path);
            }

            var history = plan.Number(run.History);
            if (!HasTrained(network, run.History))
            {
                RequireSameWeights(network, file, plan.Stages.Take(RunPlan.StageOf(history)), path);
            }

            ModelFile.Restore(network, file, path);
            return new Checkpoint(file, history);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Fills a tensor with the numbers that <see cref="Save"/> wrote under its name.</summary>
    public void Read(string name, torch.Tensor tensor)
    {
        using var _ = torch.no_grad();
        ModelFile.Read(_file, name, tensor);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>
    /// Whether this very run has trained the model in memory. Such a model may have gone on into a stage that changes more, or may have
    /// been damaged since, and the checkpoint mends it.
    /// </summary>
    private static bool HasTrained(TransferNetwork network, IReadOnlyList<EpochRecord> history) =>
        history.Count > 0 && network.History.Contains(history[^1]);

    /// <summary>
    /// Refuses a checkpoint with other pretrained weights: what none of its stages may change must be the model's, to the bit.
    /// </summary>
    private static void RequireSameWeights(TransferNetwork network, SafetensorsFile file, IEnumerable<StagePlan> stages, string path)
    {
        using var _ = torch.no_grad();
        var changing = stages.SelectMany(stage => stage.Changing).ToHashSet();
        foreach (var (name, tensor) in network.State.Where(tensor => !changing.Contains(tensor.Key)))
        {
            using var there = torch.empty_like(tensor, device: torch.CPU, requires_grad: false);
            file.ReadInto(name, there);
            using var here = tensor.cpu();
            if (!here.bytes.SequenceEqual(there.bytes))
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: {name} isn't the model's, and nothing in this run changes it: "
                    + "the checkpoint comes from other pretrained weights. "
                    + $"Give {Option.Name("Weights", of: "New-Backbone")} those of that run, "
                    + $"or start anew without {Option.Name("Resume")}.",
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

    private static Description Read(SafetensorsFile file, string path)
    {
        if (!file.Metadata.TryGetValue(Key, out var json))
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: this is a model file, not a checkpoint of a run. "
                + $"Give another {Option.Name("CheckpointPath")}, or start anew without {Option.Name("Resume")}.",
                path);
        }

        try
        {
            return JsonSerializer.Deserialize<Description>(json, ModelFile.Json) is { } run && run.History.All(epoch => epoch is not null)
                ? run with { Identity = run.Identity.Renamed() }
                : throw new JsonException("an epoch is null.");
        }
        catch (JsonException exception)
        {
            throw Damaged(
                path, $"{path}: the checkpoint's description in the header is damaged: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    /// <summary>The error of a damaged file. A checkpoint can't be downloaded or exported again, as other files can.</summary>
    private static PSTransferException Damaged(string path, string what, Exception inner) => new(
        FaultKind.InvalidData,
        $"{what}. Put a whole copy of the checkpoint in its place, or give another {Option.Name("CheckpointPath")} to start anew.",
        path,
        inner);
}
