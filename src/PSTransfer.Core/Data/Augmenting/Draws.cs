namespace PSTransfer.Core.Data.Augmenting;

/// <summary>The streams of random numbers. The numbers are part of what a seed means: a new one goes to the end.</summary>
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

/// <summary>What a batch's images draw: each image and each kind of change has a stream of its own.</summary>
internal sealed class Draws(int seed, int epoch, int[] indices)
{
    /// <summary>The stream of one image of the batch.</summary>
    public Random For(int i, Change change) => SeededRandom.For(seed, epoch, indices[i], (int)change);

    /// <summary>1 ± <paramref name="range"/>.</summary>
    public double Factor(int i, Change change, double range) => 1 + (range * For(i, change).Symmetric());

    /// <summary>One value per image.</summary>
    public T[] Each<T>(Func<int, T> draw) => [.. Enumerable.Range(0, indices.Length).Select(draw)];
}

/// <summary>Ways to draw.</summary>
internal static class RandomExtensions
{
    /// <summary>From -1 to 1.</summary>
    public static double Symmetric(this Random random) => (2 * random.NextDouble()) - 1;

    /// <summary>Between two numbers.</summary>
    public static double Between(this Random random, double low, double high) => low + ((high - low) * random.NextDouble());

    /// <summary>Between two positive numbers, their ratios equally likely.</summary>
    public static double LogBetween(this Random random, double low, double high) => Math.Exp(random.Between(Math.Log(low), Math.Log(high)));
}
