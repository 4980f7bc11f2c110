using System.Text.RegularExpressions;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>Says why a file's weights don't fit a backbone, with the nearest names and a guess at the cause.</summary>
internal static partial class WeightFault
{
    // The most tensors for which hints are made. No backbone's file has as many, and the hints compare each of them.
    private const int MostTensorsForHints = 5_000;

    // The tensors that every backbone needs, computed once.
    private static readonly Lazy<IReadOnlyList<(BackboneSpec Spec, IReadOnlyList<WantedTensor> Wanted)>> Known = new(() =>
    [
        .. BackboneCatalogue.All.Select(spec =>
        {
            using var network = TransferNetwork.Create(spec, new ImageShape(spec.MinimumImageSize, spec.MinimumImageSize, 3), seed: null);
            return (spec, WantedTensor.Of(network.Backbone));
        }),
    ]);

    /// <summary>The tensors that a backbone needs, without building it again.</summary>
    public static IReadOnlyList<WantedTensor> WantedBy(BackboneSpec spec) => Known.Value.First(known => known.Spec == spec).Wanted;

    /// <summary>Makes the error for a file with so many tensors that comparing their names would take too long.</summary>
    public static PSTransferException TooMany(string path, int count) =>
        Wrong(
            path,
            $"the file has {count} tensors, and files of at most {WeightMatch.MostTensors} are looked "
            + "through; save the network's own weights alone.");

    /// <summary>Makes the error for a file with several sets of weights and no sign which one is meant.</summary>
    public static PSTransferException SeveralSets(string path, BackboneSpec spec, IReadOnlyList<string> sets) => Wrong(
        path,
        $"the file has {sets.Count} sets of weights for {spec.Name}, and nothing tells which one is meant: {Quoted(sets)}. "
        + $"Choose with {Option.Name("WeightSet")}, as in {Option.Name("WeightSet")} {Quoted(sets.Take(1))}.");

    /// <summary>Makes the error for a set of weights that the file lacks.</summary>
    public static PSTransferException NoSuchSet(string path, BackboneSpec spec, string asked, IEnumerable<string> sets) => Wrong(
        path,
        sets.ToList() is { Count: > 0 } there
            ? $"the file has no set of weights '{Printable.Text(asked)}' for {spec.Name}; it has {Quoted(there)}."
            : $"the file has no set of weights '{Printable.Text(asked)}' for {spec.Name}, nor another one that is whole. "
            + $"Leave {Option.Name("WeightSet")} out, then the error says what is missing.");

    /// <summary>Makes the error for a Keras file that was given to another framework's network.</summary>
    public static PSTransferException KerasFileForTorch(string path, BackboneSpec spec, IWeightFile file)
    {
        var twin = BackboneOf(file) ?? BackboneCatalogue.All.FirstOrDefault(other => other.Name == $"keras-{spec.Name}");
        return Wrong(
            path,
            $"these are Keras weights, but {spec.Name} is torchvision's network; "
            + "the two differ in more than names. "
            + $"{(twin is null ? "Get-Backbone lists the backbones in Keras' layout (keras-...)." : $"Try {twin.Name}.")}");
    }

    /// <summary>Makes the error for an incomplete report.</summary>
    public static PSTransferException Incomplete(LoadReport report, IReadOnlyList<WantedTensor> wanted, IWeightFile file)
    {
        var names = file.Tensors.Take(MostTensorsForHints).Select(tensor => Printable.Text(tensor.Name));
        var what = report switch
        {
            { Missing: [var first, ..] } =>
                $"{report.Missing.Count} of {wanted.Count} tensors of {report.Backbone} are missing, first {first}. "
                + $"The file has {file.Tensors.Count} tensors. {Nearest.Hint(first, names)}",
            { WrongShapes: [var first, ..] } =>
                $"{first.Name}: expected {Printable.Shape(first.Expected)}, found {Printable.Shape(first.Found)}; "
                + ShapeCause(first, file)
                + (report.WrongShapes.Count > 1 ? $" {report.WrongShapes.Count} tensors are of another shape." : string.Empty),
            _ =>
                $"{report.Backbone} has no tensor {report.Unexpected[0]}"
                + $"{(report.Unexpected.Count > 1 ? $" ({report.Unexpected.Count} are too many)" : string.Empty)}. "
                + $"{Nearest.Hint(report.Unexpected[0], wanted.Select(tensor => tensor.Name))}",
        };
        var twin = BackboneOf(file);
        return Wrong(
            report.Path, $"{what} {(twin is null ? Remedy(report, file) : $"These are weights of another backbone: try {twin.Name}.")}");
    }

    /// <summary>The cause of a misfit, if the file shows one.</summary>
    private static string Remedy(LoadReport report, IWeightFile file)
    {
        if (report.Missing.Count > 0 && file.Foreign.Count > 0)
        {
            var (name, maker) = file.Foreign.First();
            return $"{Printable.Text(name)} isn't stored as a tensor: {Printable.Text(maker)} would have to make it, and nothing that a "
                + "file names is called. If you trust the file, load it with PyTorch and save plain tensors: "
                + "torch.save(model.state_dict(), 'weights.pth').";
        }

        if (report.Missing.Count > 0 && OneOfSeveral().IsMatch(Path.GetFileName(report.Path)))
        {
            return "The file is one of several that the weights are spread over: give the index beside it, which ends with .index.json.";
        }

        return file.Tensors.Count > 0 && file.Tensors.All(tensor => Numbered().IsMatch(tensor.Name))
            ? "The names are numbers, as torch.nn.Sequential gives them (fastai's too), and they don't lead to this backbone. "
            + "In PyTorch, load the file into the model that it was saved from, then save the network inside under its own names: "
            + "torch.save(network.state_dict(), 'weights.pth')."
            : "Are these weights of another backbone?";
    }

    private static string Quoted(IEnumerable<string> sets) => string.Join(", ", sets.Select(set => $"'{Printable.Text(set)}'"));

    [GeneratedRegex(@"-\d{5}-of-\d{5}\.")]
    private static partial Regex OneOfSeveral();

    [GeneratedRegex(@"^(module\.|model\.)?\d+\.")]
    private static partial Regex Numbered();

    private static string ShapeCause(WrongShape wrong, IWeightFile file) => wrong.Expected.Order().SequenceEqual(wrong.Found.Order())
        ? file.Convention == WeightConvention.Keras
            ? "that is PyTorch's order (out, in, height, width): was the file converted from it?"
            : "the same dimensions in another order: was the file converted from Keras or TensorFlow (height, width, in, out)?"
        : "the network is another, or its images have other channels.";

    /// <summary>The backbone with the most tensors that the file fits; null if it fits none.</summary>
    private static BackboneSpec? BackboneOf(IWeightFile file) => file.Tensors.Count > MostTensorsForHints
        ? null
        : Known.Value
            .Where(known => file.Tensors.Count >= known.Wanted.Count
                && (file.Convention == WeightConvention.Torch || known.Spec.Family == BackboneFamily.Keras)
                && WeightMatch.All(known.Spec, known.Wanted, file, set: null, onlyWhole: true).Any(match => match.Unexpected.Count == 0))
            .OrderByDescending(known => known.Wanted.Count)
            .Select(known => known.Spec)
            .FirstOrDefault();

    private static PSTransferException Wrong(string path, string what) => new(FaultKind.InvalidData, $"{path}: {what}", path);
}
