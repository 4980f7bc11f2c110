namespace PSTransfer.Core.Data.Augmenting;

/// <summary>Numbers the streams of random numbers. A seed's results depend on these numbers: a new stream goes to the end.</summary>
internal enum Change
{
    Flip,
    Rotation,
    Crop,
    RandomResizedCrop,
    Zoom,
    Translation,
    RandAugment,
    TrivialAugment,
    Brightness,
    Contrast,
    Saturation,
    Hue,
    Erasing,
}

/// <summary>The random draws for a batch. Each image and each kind of change has a stream of its own.</summary>
internal sealed class Draws(int seed, int epoch, int[] indices)
{
    /// <summary>The stream of one image of the batch.</summary>
    public Random For(int i, Change change) => SeededRandom.For(seed, epoch, indices[i], (int)change);

    /// <summary>Draws a factor of 1 ± <paramref name="range"/>.</summary>
    public double Factor(int i, Change change, double range) => 1 + (range * For(i, change).Symmetric());

    /// <summary>Draws one value per image.</summary>
    public T[] Each<T>(Func<int, T> draw) => [.. Enumerable.Range(0, indices.Length).Select(draw)];
}

/// <summary>Distributions that a stream draws from.</summary>
internal static class RandomExtensions
{
    /// <summary>Draws a number from -1 to 1.</summary>
    public static double Symmetric(this Random random) => (2 * random.NextDouble()) - 1;

    /// <summary>Draws a number between two numbers.</summary>
    public static double Between(this Random random, double low, double high) => low + ((high - low) * random.NextDouble());

    /// <summary>Draws a number between two positive ones, so that equal ratios are equally likely.</summary>
    public static double LogBetween(this Random random, double low, double high) => Math.Exp(random.Between(Math.Log(low), Math.Log(high)));
}
