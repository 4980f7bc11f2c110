using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models;

/// <summary>Says why a file's weights don't fit a backbone, with the nearest names and a guess at the cause.</summary>
internal static class WeightFault
{
    // Built once: what every backbone wants.
    private static readonly Lazy<IReadOnlyList<(BackboneSpec Spec, IReadOnlyList<WantedTensor> Wanted)>> Known = new(() =>
    [
        .. BackboneCatalogue.All.Select(spec =>
        {
            using var network = TransferNetwork.Create(spec, new ImageShape(spec.MinimumImageSize, spec.MinimumImageSize, 3), seed: null);
            return (spec, WantedTensor.Of(network.Backbone));
        }),
    ]);

    /// <summary>A Keras file for a network that isn't Keras'.</summary>
    public static PSTransferException KerasFileForTorch(string path, BackboneSpec spec, IWeightFile file)
    {
        var twin = BackboneOf(file) ?? BackboneCatalogue.All.FirstOrDefault(other => other.Name == $"keras-{spec.Name}");
        return Wrong(
            path,
            $"these are Keras weights, but {spec.Name} is torchvision's network; the two differ in more than names. {(twin is null ? "Get-Backbone lists the backbones in Keras' layout (keras-...)." : $"Try {twin.Name}.")}");
    }

    /// <summary>A report that isn't complete, as an error.</summary>
    public static PSTransferException Incomplete(LoadReport report, IReadOnlyList<WantedTensor> wanted, IWeightFile file)
    {
        var names = file.Tensors.Select(tensor => Printable.Text(tensor.Name));
        var what = report switch
        {
            { Missing: [var first, ..] } =>
                $"{report.Missing.Count} of {wanted.Count} tensors of {report.Backbone} are missing, first {first}. The file has {file.Tensors.Count} tensors. {Nearest.Hint(first, names)}",
            { WrongShapes: [var first, ..] } =>
                $"{first.Name}: expected {Printable.Shape(first.Expected)}, found {Printable.Shape(first.Found)}; {ShapeCause(first, file)}{(report.WrongShapes.Count > 1 ? $" {report.WrongShapes.Count} tensors are of another shape." : string.Empty)}",
            _ => $"{report.Backbone} has no tensor {report.Unexpected[0]}{(report.Unexpected.Count > 1 ? $" ({report.Unexpected.Count} are too many)" : string.Empty)}. {Nearest.Hint(report.Unexpected[0], wanted.Select(tensor => tensor.Name))}",
        };
        var twin = BackboneOf(file);
        return Wrong(report.Path, $"{what} {(twin is null ? "Are these weights of another backbone?" : $"These are weights of another backbone: try {twin.Name}.")}");
    }

    private static string ShapeCause(WrongShape wrong, IWeightFile file) => wrong.Expected.Order().SequenceEqual(wrong.Found.Order())
        ? file.Convention == WeightConvention.Keras
            ? "that is PyTorch's order (out, in, height, width): was the file converted from it?"
            : "the same dimensions in another order: was the file converted from Keras or TensorFlow (height, width, in, out)?"
        : "the network is another, or its images have other channels.";

    /// <summary>The backbone that the file fits; null when none does.</summary>
    private static BackboneSpec? BackboneOf(IWeightFile file) => Known.Value
        .Where(known => file.Tensors.Count >= known.Wanted.Count
            && (file.Convention == WeightConvention.Torch || known.Spec.Family == BackboneFamily.Keras)
            && WeightMatch.Of(known.Spec, known.Wanted, file).IsComplete(known.Wanted, file.Convention))
        .Select(known => known.Spec)
        .FirstOrDefault();

    private static PSTransferException Wrong(string path, string what) => new(FaultKind.InvalidData, $"{path}: {what}", path);
}
