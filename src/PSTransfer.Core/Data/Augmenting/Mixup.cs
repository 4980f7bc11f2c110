using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// Images mixed in pairs, and their labels with them (Zhang et al. 2018): each with the next of its batch, the last with the first, all of a batch with
/// one share. The share is of the image itself and at least a half, so that its own label is the one to be right about.
/// </summary>
public sealed class Mixup
{
    // Apart from dropout's stream, (seed, epoch, step), and from those of images.
    private const int Stream = 0x6D6978;

    private Mixup(double share) => Share = share;

    /// <summary>What is left of an image, 0.5 to 1.</summary>
    public double Share { get; }

    /// <summary>A step's mixture; null where the augmentation has none.</summary>
    public static Mixup? For(Augmentation? augmentation, int seed, int epoch, int step) =>
        augmentation is { Mixup: > 0 and var alpha } ? new Mixup(DrawShare(SeededRandom.For(seed, epoch, step, Stream, 0), alpha)) : null;

    /// <summary>Refuses a mixture where one logit stands for two classes.</summary>
    /// <exception cref="PSTransferException">The head has one logit.</exception>
    public static void CheckHead(Augmentation? augmentation, int logits)
    {
        if (augmentation is { Mixup: > 0 } && logits == 1)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                "-Augmentation: Mixup mixes labels, which needs a logit for each class, but the head has one logit (ClassCount 1). Leave Mixup out, or use Add-ClassifierHead -ClassCount 2 -Force.",
                "Augmentation");
        }
    }

    /// <summary>The mixed images, a new tensor.</summary>
    /// <param name="images">N×C×H×W.</param>
    public Tensor Images(Tensor images) => Between(images, images.roll(-1, 0));

    /// <summary>The loss against the mixed labels: cross entropy is linear in them, so it is the mixture of the losses.</summary>
    /// <param name="labels">N, int64.</param>
    /// <param name="lossOf">The mean loss against labels.</param>
    public Tensor Loss(Tensor labels, Func<Tensor, Tensor> lossOf) => Between(lossOf(labels), lossOf(labels.roll(-1, 0)));

    private Tensor Between(Tensor own, Tensor other)
    {
        using var share = ((float)Share).ToScalar();
        using var rest = (1 - (float)Share).ToScalar();
        using var part = own.mul(share);
        return part.add(other, rest);
    }

    /// <summary>From Beta(alpha, alpha), the larger of both sides, by Jöhnk's method (1964); in logarithms, since small alphas leave float's range.</summary>
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
