namespace PSTransfer.Core.Data.Augmenting;

/// <summary>Colours changed as torchvision's adjust_ functions do on float tensors. An image of one channel has no colours: saturation and hue leave it alone.</summary>
internal static class Colour
{
    /// <summary>All values times a factor; 0 is black.</summary>
    public static void Brightness(Planes planes, double factor)
    {
        foreach (ref var value in planes.Values)
        {
            value = Blend(value, 0, (float)factor);
        }
    }

    /// <summary>The distance from the mean grey times a factor; 0 is one grey.</summary>
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

    /// <summary>Each pixel's distance from its grey times a factor; 0 is a grey image.</summary>
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

    /// <summary>Hues moved along the circle of colours, -0.5 to 0.5 of it; red moves towards yellow.</summary>
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

    /// <summary>On the way from another value to this one, 1 being here; more than 1 is beyond.</summary>
    public static float Blend(float value, float other, float share) => Math.Clamp((share * value) + ((1 - share) * other), 0, 255);

    // The weights of torchvision (and of ITU-R BT.601 but for rounding).
    private static float Grey(Planes planes, int i) =>
        planes.Channels == 3 ? (0.2989f * planes[0][i]) + (0.587f * planes[1][i]) + (0.114f * planes[2][i]) : planes[0][i];

    /// <summary>Through hue, saturation and value (Smith 1978); the hue is counted in sixths of the circle from red.</summary>
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
