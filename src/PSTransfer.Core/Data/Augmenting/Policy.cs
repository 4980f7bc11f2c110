using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// Policies that choose among 14 changes, with torchvision's tables of magnitudes, but bilinear. RandAugment (Cubuk et al. 2020) makes two
/// changes of one magnitude. TrivialAugment (Müller and Hutter 2021) makes one change of any magnitude from its wide table.
/// </summary>
internal static class Policy
{
    private const int Operations = 14;
    private const int HighestLevel = 30;
    private const int RandAugmentChanges = 2;

    private static readonly Table Usual = new(Shear: 0.3, Rotation: 30, Factor: 0.9, Bits: 4);
    private static readonly Table Wide = new(Shear: 0.99, Rotation: 135, Factor: 0.99, Bits: 6);

    /// <summary>The meaning of the highest level: a slope, degrees, a factor's distance from 1, the number of bits removed.</summary>
    private sealed record Table(double Shear, double Rotation, double Factor, int Bits);

    /// <summary>Makes the changes of the policies that are switched on.</summary>
    public static void Apply(Augmentation augmentation, Draws draws, int i, Planes planes)
    {
        planes.Clamp(); // a rotation before may have left the range by rounding, and tables are looked up by value
        if (augmentation.RandAugment > 0)
        {
            var random = draws.For(i, Change.RandAugment);
            var (right, down) = (150.0 / 331 * planes.Width, 150.0 / 331 * planes.Height);
            for (var change = 0; change < RandAugmentChanges; change++)
            {
                var operation = random.Next(Operations);
                Make(operation, augmentation.RandAugment, random.Next(2) == 1 ? -1 : 1, Usual, right, down, planes);
            }
        }

        if (augmentation.TrivialAugment)
        {
            var random = draws.For(i, Change.TrivialAugment);
            var operation = random.Next(Operations);
            var level = random.Next(HighestLevel + 1);
            Make(operation, level, random.Next(2) == 1 ? -1 : 1, Wide, 32, 32, planes);
        }
    }

    private static void Make(int operation, int level, int sign, Table table, double right, double down, Planes planes)
    {
        var share = (double)level / HighestLevel;
        var factor = 1 + (sign * share * table.Factor);
        switch (operation)
        {
            case 0:
                break; // this choice leaves the image as it is
            case 1:
                Move(planes, Warp.ShearedX(sign * share * table.Shear, planes.Height));
                break;
            case 2:
                Move(planes, Warp.ShearedY(sign * share * table.Shear, planes.Width));
                break;
            case 3:
                Move(planes, Warp.Placed(0, 1, sign * Math.Floor(share * right), 0));
                break;
            case 4:
                Move(planes, Warp.Placed(0, 1, 0, sign * Math.Floor(share * down)));
                break;
            case 5:
                Move(planes, Warp.Placed(sign * share * table.Rotation, 1, 0, 0));
                break;
            case 6:
                Colour.Brightness(planes, factor);
                break;
            case 7:
                Colour.Saturation(planes, factor);
                break;
            case 8:
                Colour.Contrast(planes, factor);
                break;
            case 9:
                Tone.Sharpness(planes, factor);
                break;
            case 10:
                Tone.Posterize(planes, 8 - (int)Math.Round(share * table.Bits));
                break;
            case 11:
                Tone.Solarize(planes, 255 * (1 - share));
                break;
            case 12:
                Tone.AutoContrast(planes);
                break;
            default:
                Tone.Equalize(planes);
                break;
        }
    }

    private static void Move(Planes planes, double[] map)
    {
        using var scope = NewDisposeScope();
        var image = tensor(planes.Values.ToArray(), device: CPU).view(1, planes.Channels, planes.Height, planes.Width);
        MemoryMarshal.Cast<byte, float>(Warp.Apply(image, [map]).bytes).CopyTo(planes.Values);
        planes.Clamp();
    }
}
