using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data;

/// <summary>
/// Random changes to training images: a rotation, then a shifted crop, then a mirror image, each where it is switched on. What happens to an image depends
/// on seed, epoch and its index only, not on the batch it is in.
/// </summary>
/// <param name="Flip">Left and right swapped for half of the images.</param>
/// <param name="Rotation">Turned by an angle drawn from ± this many degrees; bilinear, black outside. 0 is off.</param>
/// <param name="Crop">Padded by this many black pixels on each side and cut back to the size at a random place. 0 is off.</param>
public sealed record Augmentation(bool Flip, double Rotation, int Crop)
{
    private const double DefaultRotation = 10;
    private const int DefaultCrop = 4;

    private enum Change
    {
        Flip,
        Rotation,
        Crop,
    }

    /// <summary>Reads "Flip", "Rotation", "Rotation:15", "Crop" and "Crop:2", whatever the case; null for an empty list.</summary>
    /// <exception cref="PSTransferException">Another name, one given twice, or a number out of range.</exception>
    public static Augmentation? Parse(IReadOnlyList<string> names)
    {
        var result = new Augmentation(false, 0, 0);
        HashSet<string> given = [];
        foreach (var name in names)
        {
            var parts = name.Split(':', 2);
            var number = parts.Length == 2 ? parts[1] : null;
            var kind = parts[0].ToUpperInvariant();
            if (!given.Add(kind))
            {
                throw Wrong($"'{name}': {parts[0]} is given twice.");
            }

            result = kind switch
            {
                "FLIP" when number is null => result with { Flip = true },
                "ROTATION" => result with { Rotation = Number(name, number, DefaultRotation, 180) },
                "CROP" => result with { Crop = (int)Number(name, number, DefaultCrop, 1024, whole: true) },
                _ => throw Wrong($"there is no '{name}'; known are Flip, Rotation, Rotation:<degrees>, Crop and Crop:<pixels>."),
            };
        }

        return names.Count == 0 ? null : result;
    }

    /// <summary>The changed images, a new tensor of the same shape; the one given is left alone.</summary>
    /// <param name="batch">N×C×H×W, float32.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch: an image is changed anew in each.</param>
    /// <param name="indices">The index of each image in its data set.</param>
    public Tensor Apply(Tensor batch, int seed, int epoch, ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        var result = batch.clone();
        if (Rotation > 0)
        {
            result = Rotate(result, DrawEach(indices, seed, epoch, Change.Rotation, random => ((2 * random.NextDouble()) - 1) * Rotation));
        }

        if (Crop > 0)
        {
            var side = (2 * Crop) + 1;
            result = Shift(result, Crop, DrawEach(indices, seed, epoch, Change.Crop, random => (random.Next(side), random.Next(side))));
        }

        if (Flip)
        {
            using var flipped = tensor(DrawEach(indices, seed, epoch, Change.Flip, random => random.Next(2) == 1), device: batch.device);
            result = where(flipped.view(-1, 1, 1, 1), result.flip(3), result);
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Turns each image about its centre by its own angle, counter-clockwise, in degrees.</summary>
    internal static Tensor Rotate(Tensor batch, double[] degrees)
    {
        var (height, width) = ((double)batch.shape[2], (double)batch.shape[3]);
        var rows = degrees.SelectMany(angle =>
        {
            var (sine, cosine) = Math.SinCos(angle * Math.PI / 180);

            // Coordinates run from -1 to 1 along both sides, so that an angle in an oblong image needs the ratio of the sides.
            return new[] { (float)cosine, (float)(-sine * height / width), 0f, (float)(sine * width / height), (float)cosine, 0f };
        });
        var theta = tensor(rows.ToArray(), device: batch.device).view(-1, 2, 3);
        var grid = nn.functional.affine_grid(theta, batch.shape, align_corners: false);
        return nn.functional.grid_sample(batch, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false);
    }

    private static Tensor Shift(Tensor batch, int margin, (int Top, int Left)[] corners)
    {
        var padded = nn.functional.pad(batch, (margin, margin, margin, margin));
        var images = corners.Select((corner, i) => padded[i].narrow(1, corner.Top, batch.shape[2]).narrow(2, corner.Left, batch.shape[3]));
        return stack(images.ToArray());
    }

    /// <summary>One draw per image; each kind of change has a stream of its own, so that switching one on doesn't alter the others.</summary>
    private static T[] DrawEach<T>(ReadOnlySpan<int> indices, int seed, int epoch, Change change, Func<Random, T> draw)
    {
        var draws = new T[indices.Length];
        for (var i = 0; i < draws.Length; i++)
        {
            draws[i] = draw(SeededRandom.For(seed, epoch, indices[i], (int)change));
        }

        return draws;
    }

    private static double Number(string name, string? text, double byDefault, double most, bool whole = false)
    {
        if (text is null)
        {
            return byDefault;
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number > 0 && number <= most && (!whole || number == Math.Floor(number))
            ? number
            : throw Wrong($"'{name}': expected a {(whole ? "whole " : "")}number above 0 and up to {most} after the colon.");
    }

    private static PSTransferException Wrong(string message) => new(FaultKind.InvalidArgument, $"-Augmentation: {message}", "Augmentation");
}
