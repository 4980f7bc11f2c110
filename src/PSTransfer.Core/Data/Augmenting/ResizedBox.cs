namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// A part of an image that takes the whole image's place (Szegedy et al. 2015). The part is drawn as by torchvision's RandomResizedCrop and
/// scaled bilinearly as by its resized_crop. A part is never larger than the image, so antialiasing would change nothing.
/// </summary>
internal readonly record struct ResizedBox(int Top, int Left, int Height, int Width)
{
    private const double Narrowest = 3.0 / 4;
    private const double Widest = 4.0 / 3;
    private const int Attempts = 10;

    /// <summary>Draws a part with at least <paramref name="leastArea"/> of the area and a ratio of sides from 3:4 to 4:3.</summary>
    public static ResizedBox Draw(Random random, double leastArea, int height, int width)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = height * width * random.Between(leastArea, 1);
            var ratio = random.LogBetween(Narrowest, Widest);
            var (boxHeight, boxWidth) = ((int)Math.Round(Math.Sqrt(area / ratio)), (int)Math.Round(Math.Sqrt(area * ratio)));
            if (boxHeight > 0 && boxHeight <= height && boxWidth > 0 && boxWidth <= width)
            {
                return new ResizedBox(random.Next(height - boxHeight + 1), random.Next(width - boxWidth + 1), boxHeight, boxWidth);
            }
        }

        // No part fitted: take the middle, as much of it as the ratios allow.
        var (middleHeight, middleWidth) = (
            Math.Min(height, (int)Math.Round(width / Narrowest)), Math.Min(width, (int)Math.Round(height * Widest)));
        return new ResizedBox((height - middleHeight) / 2, (width - middleWidth) / 2, middleHeight, middleWidth);
    }

    /// <summary>Fills the image with the part.</summary>
    public void CutFrom(Planes planes)
    {
        var rows = Axis(Top, Height, planes.Height);
        var columns = Axis(Left, Width, planes.Width);
        var source = new float[planes.Height * planes.Width];
        for (var channel = 0; channel < planes.Channels; channel++)
        {
            var plane = planes[channel];
            plane.CopyTo(source);
            for (var y = 0; y < planes.Height; y++)
            {
                var (above, below, down) = rows[y];
                var upper = source.AsSpan(above * planes.Width, planes.Width);
                var lower = source.AsSpan(below * planes.Width, planes.Width);
                for (var x = 0; x < planes.Width; x++)
                {
                    var (left, right, across) = columns[x];
                    var top = upper[left] + ((upper[right] - upper[left]) * across);
                    var bottom = lower[left] + ((lower[right] - lower[left]) * across);
                    plane[(y * planes.Width) + x] = Math.Clamp(top + ((bottom - top) * down), 0, 255);
                }
            }
        }
    }

    /// <summary>
    /// For each place along a side: the two places of the part around it, and the share of the way between them. Places beyond the part
    /// take its edge.
    /// </summary>
    private static (int Low, int High, float Share)[] Axis(int start, int count, int size)
    {
        var axis = new (int Low, int High, float Share)[size];
        for (var i = 0; i < size; i++)
        {
            var at = Math.Max(0, ((i + 0.5) * count / size) - 0.5);
            var low = Math.Min((int)at, count - 1);
            axis[i] = (start + low, start + Math.Min(low + 1, count - 1), (float)(at - low));
        }

        return axis;
    }
}
