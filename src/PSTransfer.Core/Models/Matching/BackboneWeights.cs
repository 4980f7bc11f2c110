using System.Runtime.InteropServices;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Weights;
using PSTransfer.Core.Weights.Published;
using TorchSharp;

namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Loads a backbone's weights from a file of this project, of the backbone's own framework, or of another with the same network.
/// </summary>
public static class BackboneWeights
{
    /// <summary>
    /// Finds the weight file for a name or a path. A name stands for a set of weights that the backbone knows, from its publisher or the
    /// module's assets folder.
    /// </summary>
    /// <param name="spec">The backbone.</param>
    /// <param name="nameOrPath">The user's name or path.</param>
    /// <param name="resolve">Makes a user's path a full one.</param>
    /// <param name="fetch">Downloads a publisher's file.</param>
    /// <exception cref="PSTransferException">There is no such set of weights and no such file.</exception>
    public static string Locate(BackboneSpec spec, string nameOrPath, Func<string, string> resolve, Func<PublishedWeights, string> fetch)
    {
        if (PublishedCatalogue.Find(spec.Name, nameOrPath) is { } published)
        {
            return fetch(published);
        }

        var core = Path.GetDirectoryName(typeof(BackboneWeights).Assembly.Location)!;
        var known = spec.Weights.FirstOrDefault(weights => weights.Equals(nameOrPath, StringComparison.OrdinalIgnoreCase));
        var path = known is null
            ? resolve(nameOrPath)
            : Path.GetFullPath(Path.Combine(core, "..", "..", "assets", $"{spec.Name}-{known}.safetensors"));
        return Path.Exists(path)
            ? path
            : throw PSTransferException.About(
                "Weights",
                $"'{nameOrPath}': {(known is null ? "there is no such file" : $"{path} is missing from the module")}. "
                + (spec.Weights.Count > 0
                    ? $"{spec.Name} knows: {string.Join(", ", spec.Weights)}."
                    : $"{spec.Name} knows no weights by name; give the path of a file."),
                FaultKind.NotFound,
                nameOrPath);
    }

    /// <summary>The sets of weights in a file that are complete for a backbone, by the names that -WeightSet takes.</summary>
    /// <exception cref="PSTransferException">The file can't be read.</exception>
    public static IReadOnlyList<string> SetsIn(BackboneSpec spec, string path, WeightFormat format)
    {
        using var file = WeightFiles.Open(path, format);
        var wanted = WeightFault.WantedBy(spec);
        return file.Tensors.Count > WeightMatch.MostTensors
            ? []
            : [.. WeightMatch.All(spec, wanted, file, set: null, onlyWhole: true).Select(match => match.Set)];
    }

    /// <summary>
    /// Reads every tensor of the backbone from a file, and sets the eps that goes with the names. The network changes only after all names
    /// and shapes agree.
    /// </summary>
    /// <param name="network">The network, on the CPU.</param>
    /// <param name="path">The file, or the folder of a TensorFlow.js model.</param>
    /// <param name="format">The file's format; by default decided by its first bytes.</param>
    /// <param name="set">The set of weights, if the file has several. Null for the only set, or the trained one beside its
    /// averages.</param>
    /// <exception cref="PSTransferException">The file is of another network or damaged; the message names the first tensors at fault and a
    /// probable cause.</exception>
    public static LoadReport Load(TransferNetwork network, string path, WeightFormat format = WeightFormat.Auto, string? set = null)
    {
        using var file = WeightFiles.Open(path, format);
        var spec = network.Spec;
        if (file.Convention == WeightConvention.Keras && spec.Family != BackboneFamily.Keras)
        {
            throw WeightFault.KerasFileForTorch(path, spec, file);
        }

        if (file.Tensors.Count > WeightMatch.MostTensors)
        {
            throw WeightFault.TooMany(path, file.Tensors.Count);
        }

        var wanted = WantedTensor.Of(network.Backbone);
        var sets = WeightMatch.All(spec, wanted, file, set);
        if (sets.Count == 0)
        {
            throw WeightFault.NoSuchSet(
                path, spec, set!, WeightMatch.All(spec, wanted, file, set: null, onlyWhole: true).Select(match => match.Set));
        }

        var (match, choice) = WeightSets.Choose(sets, wanted, file, names => WeightFault.SeveralSets(path, spec, names));
        var report = LoadReport.Of(path, spec, wanted, match, file) with { Set = match.Set };
        if (!report.IsComplete)
        {
            throw WeightFault.Incomplete(report, wanted, file);
        }

        var timm = match.Style is { } style ? TimmArchitecture.Check(path, spec, style, file) : null;
        using var _ = torch.no_grad();
        var notFinite = new List<string>();
        var buffer = file.Convention == WeightConvention.Keras
            ? GC.AllocateUninitializedArray<float>((int)wanted.Max(tensor => tensor.Shape.Aggregate((product, size) => product * size)))
            : [];
        var state = network.Backbone.Layers.SelectMany(layer => layer.State).ToDictionary();
        foreach (var tensor in wanted)
        {
            var ours = state[tensor.Name];
            using var flat = ours.detach();
            var numbers = MemoryMarshal.Cast<byte, float>(flat.bytes);
            if (!Read(file, match.Sources[tensor.Name], numbers, tensor.Order(file.Convention), buffer))
            {
                notFinite.Add(tensor.Name);
            }
        }

        foreach (var norm in network.Backbone.Layers.OfType<BatchNorm>())
        {
            norm.Epsilon = match.Epsilon;
        }

        var rescaling = KerasRescaling.Apply(network.Backbone, path, spec, file);
        return report with
        {
            NotFinite = notFinite,
            Note = string.Join(' ', new[] { report.Note, rescaling.Note }.OfType<string>()) is { Length: > 0 } note ? note : null,
            Warnings = [.. new[] { choice, timm, rescaling.Warning, PartsBeside.Warning(match) }.OfType<string>()],
        };
    }

    /// <summary>
    /// Reads a tensor's numbers. If the file has the same order of dimensions they go straight into memory, otherwise through the buffer,
    /// which is large enough for each tensor.
    /// </summary>
    /// <returns>Whether all numbers are finite.</returns>
    private static bool Read(IWeightFile file, StoredTensor source, Span<float> ours, long[] order, float[] buffer)
    {
        if (order.SequenceEqual(order.Order()))
        {
            file.Read(source, ours);
            return FiniteNumbers.All(ours);
        }

        var theirs = buffer.AsSpan(0, ours.Length);
        file.Read(source, theirs);
        int[] shape = [.. source.Shape.Select(size => (int)size)];
        return order switch
        {
            [1, 0] => KernelOrder.Turn(theirs, ours, 1, shape[0], shape[1]),
            [2, ..] => KernelOrder.Turn(theirs, ours, shape[0] * shape[1], 1, shape[2] * shape[3]),
            _ => KernelOrder.Turn(theirs, ours, shape[0] * shape[1], shape[2], shape[3]),
        };
    }
}
