namespace PSTransfer.Core.Data.Augmenting;

/// <summary>Erases a rectangle of an image (Zhong et al. 2020), drawn as torchvision's RandomErasing draws it.</summary>
internal static class Erasing
{
    private const double LeastArea = 0.02;
    private const double MostArea = 0.33;
    private const double Flattest = 0.3;
    private const double Steepest = 3.3;
    private const int Attempts = 10;

    /// <summary>Erases with the given probability; leaves the image alone where no rectangle fits.</summary>
    public static void Apply(Planes planes, double probability, Random random)
    {
        if (random.NextDouble() >= probability)
        {
            return;
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = planes.Height * planes.Width * random.Between(LeastArea, MostArea);
            var ratio = random.LogBetween(Flattest, Steepest);
            var (height, width) = ((int)Math.Round(Math.Sqrt(area * ratio)), (int)Math.Round(Math.Sqrt(area / ratio)));
            if (height < planes.Height && width < planes.Width)
            {
                Erase(planes, random.Next(planes.Height - height + 1), random.Next(planes.Width - width + 1), height, width);
                return;
            }
        }
    }

    private static void Erase(Planes planes, int top, int left, int height, int width)
    {
        for (var channel = 0; channel < planes.Channels; channel++)
        {
            for (var y = top; y < top + height; y++)
            {
                planes[channel].Slice((y * planes.Width) + left, width).Clear();
            }
        }
    }
}
