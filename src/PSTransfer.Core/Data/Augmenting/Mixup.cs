using PSTransfer.Core.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// Mixes the images of a batch in pairs, and their labels with them (Zhang et al. 2018). Each image is mixed with the next one, the last
/// with the first, all with the same share. The share belongs to the image itself and is at least a half, so that the image's own label
/// counts as the right answer.
/// </summary>
public sealed class Mixup
{
    // A stream apart from dropout's, (seed, epoch, step), and from those of the images.
    private const int Stream = 0x6D6978;

    private Mixup(double share) => Share = share;

    /// <summary>The share of the image itself in the mixture, 0.5 to 1.</summary>
    public double Share { get; }

    /// <summary>The mixture of a step; null if the augmentation has no Mixup.</summary>
    public static Mixup? For(Augmentation? augmentation, int seed, int epoch, int step) =>
        augmentation is { Mixup: > 0 and var alpha } ? new Mixup(DrawShare(SeededRandom.For(seed, epoch, step, Stream, 0), alpha)) : null;

    /// <summary>Refuses Mixup for a head with one logit, which stands for two classes.</summary>
    /// <exception cref="PSTransferException">The head has one logit.</exception>
    public static void CheckHead(Augmentation? augmentation, int logits)
    {
        if (augmentation is { Mixup: > 0 } && logits == 1)
        {
            throw PSTransferException.About(
                "Augmentation",
                "Mixup mixes labels, which needs a logit for each class, but the head has one logit (ClassCount 1). Leave Mixup out, "
                + $"or use {Option.Set("ClassCount", 2, of: "Add-ClassifierHead")}{Option.AtPrompt(" -Force")}.",
                joint: ": ");
        }
    }

    /// <summary>Mixes images into a new tensor.</summary>
    /// <param name="images">N×C×H×W.</param>
    public Tensor Images(Tensor images) => Between(images, images.roll(-1, 0));

    /// <summary>
    /// The loss against the mixed labels. Cross entropy is linear in the labels, so the result is the mixture of two losses.
    /// </summary>
    /// <param name="labels">N, int64.</param>
    /// <param name="lossOf">Computes the mean loss against the given labels.</param>
    public Tensor Loss(Tensor labels, Func<Tensor, Tensor> lossOf) => Between(lossOf(labels), lossOf(labels.roll(-1, 0)));

    private Tensor Between(Tensor own, Tensor other)
    {
        using var share = ((float)Share).ToScalar();
        using var rest = (1 - (float)Share).ToScalar();
        using var part = own.mul(share);
        return part.add(other, rest);
    }

    /// <summary>
    /// Draws a share from Beta(alpha, alpha) by Jöhnk's method (1964) and takes the larger side. Logarithms are used since small alphas
    /// leave float's range.
    /// </summary>
    private static double DrawShare(Random random, double alpha)
    {
        while (true)
        {
            var one = Math.Log(1 - random.NextDouble()) / alpha;
            var other = Math.Log(1 - random.NextDouble()) / alpha;
            if (Math.Exp(one) + Math.Exp(other) <= 1)
            {
                return 1 / (1 + Math.Exp(-Math.Abs(one - other)));
            }
        }
    }
}
