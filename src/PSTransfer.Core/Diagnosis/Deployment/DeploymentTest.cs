using System.Security.Cryptography;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Diagnosis.Deployment;

/// <summary>
/// Compares a model's answers here with those that training wrote into its file. The links are tested in order: file, pictures, labels,
/// pixel path, pixels, answers. Another machine, version or folder may break any of them.
/// </summary>
public sealed class DeploymentTest(TransferNetwork network)
{
    private const int NamesShown = 3;

    /// <summary>
    /// The largest difference of a probability with which answers count as the same. Default: 1e-4, which holds across processors and
    /// versions of libtorch.
    /// </summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Runs the test. Nothing in the model changes.</summary>
    /// <param name="path">The model's file, for the report.</param>
    /// <param name="data">Labelled images that include the reference pictures. They are recognised by content, whatever their
    /// names.</param>
    /// <param name="token">Checked at each picture.</param>
    /// <exception cref="PSTransferException">The model keeps no reference, or the images don't suit it.</exception>
    public DeploymentReport Run(string path, LabeledImages data, CancellationToken token = default)
    {
        Require(
            Tolerance is >= 0 and <= 1,
            nameof(Tolerance),
            $"is a difference of probabilities, from 0 to 1, not {Tolerance}");
        var reference = network.Reference ?? throw new PSTransferException(
            FaultKind.InvalidOperation,
            $"{path}: this model keeps no reference answers. Invoke-FineTune writes them at the end of a run; "
            + "a checkpoint from within a run, or a file of an older PSTransfer, has none. Train and export the model again.",
            path);
        var images = network.Bind(data);
        var found = Find(reference, images, token);
        var here = found.Where(index => index >= 0).Select(images.PixelsOf).ToList();
        var answers = here.Zip(ReferencePixels.Answers(network, here)).GetEnumerator();
        var pictures = reference.Pictures.Zip(found, (picture, index) =>
        {
            token.ThrowIfCancellationRequested();
            var there = ClassOf(picture.Probabilities);
            if (index < 0)
            {
                return new DeployedPicture(picture.Name, null, picture.Label, null, null, there, null, null);
            }

            answers.MoveNext();
            var (pixels, probabilities) = answers.Current;
            return new DeployedPicture(
                picture.Name,
                images.PathOf(index) ?? $"{images.Source}, image {index}",
                picture.Label,
                images.Classes[images.LabelOf(index)],
                Convert.ToHexStringLower(SHA256.HashData(pixels)) == picture.Pixels,
                there,
                ClassOf(probabilities),
                probabilities.Zip(picture.Probabilities, Difference).Max());
        }).ToList();
        var (link, explanation) = Judge(reference, pictures);
        return new DeploymentReport
        {
            Path = path,
            Link = link,
            Explanation = explanation,
            Tolerance = Tolerance,
            Trained = $"{reference.Made}, decoder {network.Pixels.Decoder}",
            Here = $"{Reference.Here}, decoder {ImageDecoder.Version}",
            Pictures = new Listed<DeployedPicture>(pictures),
        };
    }

    private (DeploymentLink Link, string Explanation) Judge(Reference reference, List<DeployedPicture> pictures)
    {
        var missing = pictures.Where(picture => picture.Found is null).ToList();
        var relabelled = pictures.Where(picture => picture.LabelHere is not null && picture.LabelHere != picture.Label).ToList();
        var repainted = pictures.Where(picture => picture.SamePixels == false).ToList();
        var sameDecoder = network.Pixels.Decoder == ImageDecoder.Version;
        var moved = pictures.Where(picture =>
            picture.Difference > Tolerance || (picture.ClassHere is not null && picture.ClassHere != picture.Class)).ToList();
        if (reference.Hash != reference.HashOf(network))
        {
            return (DeploymentLink.File,
                "The file isn't as it was exported: its tensors, classes, layers or reference answers were changed. "
                + "Copy it again from where it was exported.");
        }

        if (missing.Count > 0)
        {
            return (DeploymentLink.Pictures, $"{missing.Count} of {pictures.Count} reference pictures aren't in the data set, by content: "
                + $"{Some(missing)}. Add the files as they were in training; a picture that was saved again is another one.");
        }

        if (relabelled.Count > 0)
        {
            var first = relabelled[0];
            return (DeploymentLink.Labels, $"{relabelled.Count} reference pictures have another class here: {first.Name} is "
                + $"'{first.LabelHere}', in training '{first.Label}'. Correct the labels, or train on these.");
        }

        if (reference.Path != $"{network.Pixels}")
        {
            return (DeploymentLink.PixelPath, $"The model file reads pictures as {network.Pixels}, but it was trained on "
                + $"{reference.Path}. The file was edited; export the model again.");
        }

        if (repainted.Count > 0 && sameDecoder)
        {
            return (DeploymentLink.Pixels, $"{repainted.Count} of {pictures.Count} pictures decode to other pixels here, though the "
                + $"decoder has the same version: {Some(repainted)}. "
                + $"Answers {(moved.Count == 0 ? "stay within the tolerance" : "differ, too")}.");
        }

        if (moved.Count > 0)
        {
            var cause = repainted.Count > 0
                ? $"{repainted.Count} pictures decode to other pixels with this version of the decoder"
                : "Pixels and weights are equal to the bit, so the cause is in the arithmetic: libtorch, the processor or the device";
            var worst = moved.MaxBy(picture => picture.Difference)!;
            return (DeploymentLink.Answers, $"{moved.Count} of {pictures.Count} answers differ, most for {worst.Name}: "
                + $"a probability by {worst.Difference:0.0e+0} (-Tolerance {Tolerance}), "
                + $"'{worst.ClassHere}' here, '{worst.Class}' in training. {cause}.");
        }

        return (DeploymentLink.None, repainted.Count > 0
            ? $"The same answers; {repainted.Count} of {pictures.Count} pictures decode to slightly other pixels with this version of the "
                + "decoder."
            : "The same pixels to the bit, and the same answers.");
    }

    /// <summary>
    /// The index of each reference picture; -1 if no image has its content. The file of the same name is tried first, then files of the
    /// same length.
    /// </summary>
    private static int[] Find(Reference reference, LabeledImages images, CancellationToken token)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var lengths = reference.Pictures.Select(picture => picture.Length).ToHashSet();
        for (var i = 0; i < images.Count; i++)
        {
            names[images.RelativePathOf(i) ?? $"{i}"] = i;
        }

        Dictionary<string, int>? contents = null;
        return [.. reference.Pictures.Select(picture =>
            names.TryGetValue(picture.Name, out var index) && images.ContentHash(index) == picture.Content
                ? index
                : (contents ??= Contents()).GetValueOrDefault(picture.Content, -1))];

        Dictionary<string, int> Contents()
        {
            var found = new Dictionary<string, int>();
            for (var i = 0; i < images.Count; i++)
            {
                token.ThrowIfCancellationRequested();
                if (lengths.Contains(images.LengthOf(i)))
                {
                    found.TryAdd(images.ContentHash(i), i);
                }
            }

            return found;
        }
    }

    private static double Difference(float here, float there) =>
        double.IsNaN(here - there) ? double.PositiveInfinity : Math.Abs((double)here - there);

    private string ClassOf(IReadOnlyList<float> probabilities) => network.Classes[probabilities.Index().MaxBy(p => p.Item).Index];

    private static string Some(List<DeployedPicture> pictures) =>
        string.Join(", ", pictures.Take(NamesShown).Select(picture => picture.Name)) + (pictures.Count > NamesShown ? "..." : string.Empty);
}
