using PSTransfer.Core.Backbones;
using PSTransfer.Core.Weights;
using PSTransfer.Core.Weights.Published;
using PSTransfer.Core.Weights.Safetensors;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>Loads a backbone's weights from a file with the original's names, safetensors or Keras' .h5, or from a model file of this project.</summary>
public static class BackboneWeights
{
    /// <summary>What a file gave.</summary>
    /// <param name="Applied">Tensors read into the backbone.</param>
    /// <param name="Skipped">Tensors of the old classifier and counters, left aside.</param>
    /// <param name="Note">What else was decided by the file; null for nothing.</param>
    public sealed record LoadReport(IReadOnlyList<string> Applied, IReadOnlyList<string> Skipped, string? Note = null);

    /// <summary>The file of a set of weights that a backbone knows by name, its publisher's or in the module's assets folder, or of a path.</summary>
    /// <param name="spec">The backbone.</param>
    /// <param name="nameOrPath">What the user gave.</param>
    /// <param name="resolve">Makes a path of the user's a full one.</param>
    /// <param name="fetch">Brings a publisher's file here.</param>
    /// <exception cref="PSTransferException">It is neither.</exception>
    public static string Locate(BackboneSpec spec, string nameOrPath, Func<string, string> resolve, Func<PublishedWeights, string> fetch)
    {
        if (PublishedCatalogue.Find(spec.Name, nameOrPath) is { } published)
        {
            return fetch(published);
        }

        var core = Path.GetDirectoryName(typeof(BackboneWeights).Assembly.Location)!;
        var known = spec.Weights.FirstOrDefault(weights => weights.Equals(nameOrPath, StringComparison.OrdinalIgnoreCase));
        var path = known is null ? resolve(nameOrPath) : Path.GetFullPath(Path.Combine(core, "..", "..", "assets", $"{spec.Name}-{known}.safetensors"));
        return Path.Exists(path)
            ? path
            : throw new PSTransferException(
                FaultKind.NotFound,
                $"-Weights '{nameOrPath}': {(known is null ? "there is no such file" : $"{path} is missing from the module")}. {(spec.Weights.Count > 0 ? $"{spec.Name} knows: {string.Join(", ", spec.Weights)}." : $"{spec.Name} knows no weights by name; give the path of a {(spec.Family == BackboneFamily.Keras ? "Keras .h5 or " : string.Empty)}.safetensors file.")}",
                nameOrPath);
    }

    /// <summary>Reads every tensor of the backbone from the file; a file that lacks one, or has one too many, is refused.</summary>
    /// <exception cref="PSTransferException">The file is of another network or damaged; the message names the first tensors concerned.</exception>
    public static LoadReport Load(TransferNetwork network, string path)
    {
        if (IsHdf5(path))
        {
            return KerasWeights.Load(network, path);
        }

        using var file = SafetensorsFile.Open(path);
        var wanted = network.Backbone.Layers.SelectMany(layer => layer.State).ToList();
        var names = wanted.Select(tensor => tensor.Key).ToHashSet();
        var found = file.Tensors.Keys.GroupBy(network.Spec.PresentName).ToDictionary(same => same.Key, same => same.First());
        var missing = names.Where(name => !found.ContainsKey(name)).ToList();
        if (missing.Count > 0)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: {missing.Count} of {names.Count} tensors of {network.Spec.Name} are missing, first {missing[0]}. The file has {file.Tensors.Count} tensors. {Nearest.Hint(missing[0], file.Tensors.Keys)} Are these weights of another backbone?",
                path);
        }

        var skipped = file.Tensors.Keys.Except(names.Select(name => found[name])).ToList();
        if (skipped.FirstOrDefault(name => !IsExpendable(name)) is { } unexpected)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: {network.Spec.Name} has no tensor {unexpected}. {Nearest.Hint(unexpected, names)} Are these weights of another backbone?",
                path);
        }

        using var _ = torch.no_grad();
        foreach (var (name, tensor) in wanted)
        {
            file.ReadInto(found[name], tensor);
        }

        return new LoadReport([.. names], skipped);
    }

    /// <summary>By its first bytes, whatever its name; what can't be read is left to the reader that says why.</summary>
    private static bool IsHdf5(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            Span<byte> start = stackalloc byte[FileSignature.Length];
            return FileSignature.IsHdf5(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The classifier on top (torchvision's fc or classifier, ours), BatchNorm's counter of batches, and a checkpoint's optimiser.</summary>
    private static bool IsExpendable(string name) =>
        name.StartsWith("fc.", StringComparison.Ordinal)
        || name.StartsWith("classifier.", StringComparison.Ordinal)
        || name.StartsWith("head.", StringComparison.Ordinal)
        || name.StartsWith("optimizer.", StringComparison.Ordinal)
        || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);
}
