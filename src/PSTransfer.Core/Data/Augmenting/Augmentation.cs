using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// Random changes to training images; a change with the value 0 is off. The order is fixed, whatever order the changes are given in. A part
/// is cut out; the image is turned, zoomed and shifted, shifted by whole pixels, and mirrored. Then come a policy's changes, the colours,
/// and the erased rectangle. Mixing (<see cref="Augmenting.Mixup"/>) comes last and isn't done by <see cref="Apply"/>. What happens to an
/// image depends on seed, epoch and the image's index only, not on its batch. Each change draws from its own stream, so that switching one
/// on doesn't alter the others.
/// </summary>
/// <param name="Flip">Whether left and right are swapped, for half of the images.</param>
/// <param name="Rotation">Turns an image by an angle drawn from ± this many degrees; bilinear, black outside. 0 to 180.</param>
/// <param name="Crop">Pads an image by this many black pixels on each side and cuts it back to its size at a random place. 0 to
/// 1024.</param>
public sealed record Augmentation(bool Flip, double Rotation, int Crop)
{
    /// <summary>Scales a random part of the image, at least this share of its area, to the whole size. 0 to 1.</summary>
    public double RandomResizedCrop { get; init; }

    /// <summary>Scales the image about its centre by 1 ± this value; black outside. 0 to 0.9.</summary>
    public double Zoom { get; init; }

    /// <summary>Shifts the image along each side by up to this share of the side, either way; black behind. 0 to 1.</summary>
    public double Translation { get; init; }

    /// <summary>The magnitude, of 30, of RandAugment (Cubuk et al. 2020), which makes two of 14 changes.</summary>
    public int RandAugment { get; init; }

    /// <summary>Whether TrivialAugment is on (Müller and Hutter 2021, its wide space): one of 14 changes of random magnitude.</summary>
    public bool TrivialAugment { get; init; }

    /// <summary>Multiplies all values by 1 ± this value. 0 to 1.</summary>
    public double Brightness { get; init; }

    /// <summary>Multiplies each value's distance from the image's mean grey by 1 ± this value. 0 to 1.</summary>
    public double Contrast { get; init; }

    /// <summary>Multiplies each pixel's distance from its own grey by 1 ± this value. 0 to 1.</summary>
    public double Saturation { get; init; }

    /// <summary>Moves colours along the colour circle by up to this share of the circle, either way. 0 to 0.5.</summary>
    public double Hue { get; init; }

    /// <summary>The probability that a rectangle of 2 to 33 % of the area becomes black (Zhong et al. 2020). 0 to 1.</summary>
    public double Erasing { get; init; }

    /// <summary>Alpha of the Beta distribution that the shares of mixed images come from (Zhang et al. 2018). 0 to 1.</summary>
    public double Mixup { get; init; }

    /// <summary>Reads names such as "Flip", "Rotation" and "Rotation:15", whatever the case; null for an empty list.</summary>
    /// <exception cref="PSTransferException">A name is unknown or given twice, a number is out of range, or changes exclude each
    /// other.</exception>
    public static Augmentation? Parse(IReadOnlyList<string> names) => AugmentationNames.Parse(names);

    /// <summary>The list of names that <see cref="Parse"/> reads, in the order of application: "Rotation:15, Flip".</summary>
    public override string ToString() => AugmentationNames.Describe(this);

    /// <summary>Makes the changed images: a new tensor of the same shape on the same device. The given tensor isn't changed.</summary>
    /// <param name="batch">N×C×H×W, float32, 0 to 255, one or three channels.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch. Each epoch changes an image in another way.</param>
    /// <param name="indices">The index of each image in its data set.</param>
    public Tensor Apply(Tensor batch, int seed, int epoch, ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        var draws = new Draws(seed, epoch, [.. indices]);
        var result = batch.clone();
        if (RandomResizedCrop > 0)
        {
            Planes.EditEach(
                result,
                (i, planes) =>
                    ResizedBox.Draw(
                        draws.For(i, Change.RandomResizedCrop), RandomResizedCrop, planes.Height, planes.Width).CutFrom(planes));
        }

        if (Rotation > 0 || Zoom > 0 || Translation > 0)
        {
            var (height, width) = ((double)result.shape[2], (double)result.shape[3]);
            result = Warp.Apply(result, draws.Each(i => Placement(draws, i, height, width)));
        }

        if (Crop > 0)
        {
            result = ShiftedCrop.Apply(result, Crop, draws);
        }

        if (Flip)
        {
            using var flipped = tensor(draws.Each(i => draws.For(i, Change.Flip).Next(2) == 1), device: batch.device);
            result = where(flipped.view(-1, 1, 1, 1), result.flip(3), result);
        }

        if (RandAugment > 0 || TrivialAugment)
        {
            Planes.EditEach(result, (i, planes) => Policy.Apply(this, draws, i, planes));
        }

        if (Zoom > 0 || Translation > 0 || Brightness > 0 || Contrast > 0 || Saturation > 0 || Hue > 0 || Erasing > 0)
        {
            Planes.EditEach(result, (i, planes) => Repaint(draws, i, planes));
        }

        return result.MoveToOuterDisposeScope();
    }

    private double[] Placement(Draws draws, int i, double height, double width)
    {
        var degrees = Rotation * draws.For(i, Change.Rotation).Symmetric();
        var zoom = 1 + (Zoom * draws.For(i, Change.Zoom).Symmetric());
        var shift = draws.For(i, Change.Translation);
        return Warp.Placed(degrees, zoom, Translation * width * shift.Symmetric(), Translation * height * shift.Symmetric());
    }

    private void Repaint(Draws draws, int i, Planes planes)
    {
        // Bilinear weights add up to 1 apart from rounding, so values may leave the range by that much.
        planes.Clamp();
        if (Brightness > 0)
        {
            Colour.Brightness(planes, draws.Factor(i, Change.Brightness, Brightness));
        }

        if (Contrast > 0)
        {
            Colour.Contrast(planes, draws.Factor(i, Change.Contrast, Contrast));
        }

        if (Saturation > 0)
        {
            Colour.Saturation(planes, draws.Factor(i, Change.Saturation, Saturation));
        }

        if (Hue > 0)
        {
            Colour.Hue(planes, Hue * draws.For(i, Change.Hue).Symmetric());
        }

        if (Erasing > 0)
        {
            Augmenting.Erasing.Apply(planes, Erasing, draws.For(i, Change.Erasing));
        }
    }
}
