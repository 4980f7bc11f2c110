namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// Changes colours as torchvision's adjust_ functions do on float tensors. Saturation and hue leave an image of one channel alone, since it
/// has no colours.
/// </summary>
internal static class Colour
{
    /// <summary>Multiplies all values by a factor; 0 gives black.</summary>
    public static void Brightness(Planes planes, double factor)
    {
        foreach (ref var value in planes.Values)
        {
            value = Blend(value, 0, (float)factor);
        }
    }

    /// <summary>Multiplies each value's distance from the mean grey by a factor; 0 gives one grey.</summary>
    public static void Contrast(Planes planes, double factor)
    {
        double sum = 0;
        for (var i = 0; i < planes.Height * planes.Width; i++)
        {
            sum += Grey(planes, i);
        }

        var mean = (float)(sum / (planes.Height * planes.Width));
        foreach (ref var value in planes.Values)
        {
            value = Blend(value, mean, (float)factor);
        }
    }

    /// <summary>Multiplies each pixel's distance from its own grey by a factor; 0 gives a grey image.</summary>
    public static void Saturation(Planes planes, double factor)
    {
        if (planes.Channels != 3)
        {
            return;
        }

        for (var i = 0; i < planes.Height * planes.Width; i++)
        {
            var grey = Grey(planes, i);
            for (var channel = 0; channel < 3; channel++)
            {
                ref var value = ref planes[channel][i];
                value = Blend(value, grey, (float)factor);
            }
        }
    }

    /// <summary>Moves hues along the colour circle by -0.5 to 0.5 of it; red moves towards yellow.</summary>
    public static void Hue(Planes planes, double turn)
    {
        if (planes.Channels != 3)
        {
            return;
        }

        var reds = planes[0];
        var greens = planes[1];
        var blues = planes[2];
        for (var i = 0; i < reds.Length; i++)
        {
            (reds[i], greens[i], blues[i]) = Turned(reds[i], greens[i], blues[i], (float)turn);
        }
    }

    /// <summary>
    /// Blends two values: a share of 0 gives <paramref name="other"/>, 1 gives <paramref name="value"/>, and more than 1 goes beyond.
    /// </summary>
    public static float Blend(float value, float other, float share) => Math.Clamp((share * value) + ((1 - share) * other), 0, 255);

    // The weights of torchvision, which are those of ITU-R BT.601 apart from rounding.
    private static float Grey(Planes planes, int i) =>
        planes.Channels == 3 ? (0.2989f * planes[0][i]) + (0.587f * planes[1][i]) + (0.114f * planes[2][i]) : planes[0][i];

    /// <summary>
    /// Turns a colour's hue by way of hue, saturation and value (Smith 1978). The hue is counted in sixths of the circle from red.
    /// </summary>
    private static (float Red, float Green, float Blue) Turned(float red, float green, float blue, float turn)
    {
        var most = Math.Max(red, Math.Max(green, blue));
        var range = most - Math.Min(red, Math.Min(green, blue));
        if (range == 0)
        {
            return (red, green, blue);
        }

        var hue = most == red ? (green - blue) / range : most == green ? 2 + ((blue - red) / range) : 4 + ((red - green) / range);
        hue += 6 * turn;
        hue -= 6 * MathF.Floor(hue / 6);
        var sixth = (int)hue;
        var (low, falling, rising) = (most - range, most - (range * (hue - sixth)), most - (range * (1 - (hue - sixth))));
        return (sixth % 6) switch
        {
            0 => (most, rising, low),
            1 => (falling, most, low),
            2 => (low, most, rising),
            3 => (low, falling, most),
            4 => (rising, low, most),
            _ => (most, low, falling),
        };
    }
}
