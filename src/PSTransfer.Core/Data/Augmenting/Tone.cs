namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// The changes of tone that policies draw, as torchvision's functions of the same names make them. Changes that count values round them
/// down to whole numbers first.
/// </summary>
internal static class Tone
{
    /// <summary>Keeps the highest <paramref name="bits"/> of 8 bits.</summary>
    public static void Posterize(Planes planes, int bits)
    {
        var mask = 0xFF << (8 - bits);
        foreach (ref var value in planes.Values)
        {
            value = (int)value & mask;
        }
    }

    /// <summary>Inverts the values from <paramref name="threshold"/> on.</summary>
    public static void Solarize(Planes planes, double threshold)
    {
        foreach (ref var value in planes.Values)
        {
            value = value >= threshold ? 255 - value : value;
        }
    }

    /// <summary>Stretches each channel to the whole range.</summary>
    public static void AutoContrast(Planes planes)
    {
        for (var channel = 0; channel < planes.Channels; channel++)
        {
            var plane = planes[channel];
            var (least, most) = (255f, 0f);
            foreach (var value in plane)
            {
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            }

            if (most > least)
            {
                foreach (ref var value in plane)
                {
                    value = Math.Clamp((value - least) * (255 / (most - least)), 0, 255);
                }
            }
        }
    }

    /// <summary>Spreads each channel's values so that all are about as frequent.</summary>
    public static void Equalize(Planes planes)
    {
        for (var channel = 0; channel < planes.Channels; channel++)
        {
            var plane = planes[channel];
            var counts = new int[256];
            foreach (var value in plane)
            {
                counts[(int)value]++;
            }

            // Pixels of the highest value don't count towards the width of a step, since no value lies above them.
            var step = (plane.Length - counts[Array.FindLastIndex(counts, count => count > 0)]) / 255;
            if (step == 0)
            {
                continue;
            }

            var table = new float[256];
            var below = 0;
            for (var value = 0; value < 256; value++)
            {
                table[value] = value == 0 ? 0 : Math.Min(255, (below + (step / 2)) / step);
                below += counts[value];
            }

            foreach (ref var value in plane)
            {
                value = table[(int)value];
            }
        }
    }

    /// <summary>
    /// Multiplies the distance from the smoothed image by a factor: 0 gives the smoothed image, 1 the image as it is. The outermost pixels
    /// stay.
    /// </summary>
    public static void Sharpness(Planes planes, double factor)
    {
        var (height, width) = (planes.Height, planes.Width);
        var source = new float[height * width];
        for (var channel = 0; channel < planes.Channels; channel++)
        {
            var plane = planes[channel];
            plane.CopyTo(source);
            for (var y = 1; y < height - 1; y++)
            {
                for (var x = 1; x < width - 1; x++)
                {
                    var at = (y * width) + x;
                    var around = source[at - width - 1] + source[at - width] + source[at - width + 1]
                        + source[at - 1] + source[at + 1]
                        + source[at + width - 1] + source[at + width] + source[at + width + 1];
                    plane[at] = Colour.Blend(source[at], (around + (5 * source[at])) / 13, (float)factor);
                }
            }
        }
    }
}
