using System.Security.Cryptography;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Evaluation;

/// <summary>The pictures of a <see cref="Reference"/> as they were read at the end of a training, before the model was asked.</summary>
internal sealed class ReferencePixels
{
    private readonly string _path;
    private readonly List<(ReferencePicture Picture, byte[] Pixels)> _pictures;

    private ReferencePixels(string path, List<(ReferencePicture, byte[])> pictures) => (_path, _pictures) = (path, pictures);

    /// <summary>Reads pictures that are evenly spaced over a set, and so over its classes.</summary>
    /// <exception cref="PSTransferException">One can't be read.</exception>
    public static ReferencePixels Read(TransferNetwork network, LabeledImages data)
    {
        var images = network.Bind(data);
        var count = Math.Min(Reference.Count, images.Count);
        var pictures = Enumerable.Range(0, count).Select(i => (int)((long)i * images.Count / count)).Select(index =>
        {
            var pixels = images.PixelsOf(index);
            var picture = new ReferencePicture(
                images.RelativePathOf(index) ?? $"{index}",
                images.Classes[images.LabelOf(index)],
                images.ContentHash(index),
                images.LengthOf(index),
                Convert.ToHexStringLower(SHA256.HashData(pixels)),
                []);
            return (picture, pixels);
        });
        return new ReferencePixels($"{network.Pixels}", [.. pictures]);
    }

    /// <summary>Puts them to the model.</summary>
    public Reference Ask(TransferNetwork network)
    {
        var answers = Answers(network, _pictures.Select(picture => picture.Pixels));
        var pictures = _pictures.Zip(answers, (asked, answer) => asked.Picture with { Probabilities = answer });
        return new Reference(Reference.Here, _path, null, [.. pictures]);
    }

    /// <summary>Probabilities for some images, H×W×C bytes each, always in batches of the same size.</summary>
    public static IEnumerable<IReadOnlyList<float>> Answers(TransferNetwork network, IEnumerable<byte[]> images)
    {
        using var predictor = new Predictor(network);
        foreach (var batch in images.Chunk(Reference.Count))
        {
            foreach (var prediction in predictor.Predict([.. batch.Select(pixels => new ReadImage(string.Empty, pixels, null))]))
            {
                yield return [.. prediction.Probabilities.Select(p => (float)p.Value)];
            }
        }
    }
}
