using PSTransfer.Core.Diagnosis.LearningPhases;

namespace PSTransfer.Core.Diagnosis.Statistics;

/// <summary>
/// 95 % percentile intervals by resampling images with replacement (Efron 1979; Efron and Tibshirani 1993, chapters 8 and 13). The same
/// seed and the same number of images draw the same resamples, whatever the values.
/// </summary>
internal static class Bootstrap
{
    /// <summary>The share of resamples that an interval holds.</summary>
    public const double Level = 0.95;

    private const int Resamples = 2000;

    /// <summary>Of the mean of one value per image; of per-image differences, this is the paired bootstrap.</summary>
    public static ConfidenceInterval OfMean(double[] values, int seed)
    {
        var means = new double[Resamples];
        var random = SeededRandom.For(seed);
        for (var i = 0; i < Resamples; i++)
        {
            means[i] = DrawSum(values, random) / values.Length;
        }

        return Interval(means);
    }

    /// <summary>
    /// Of the mean over one set of images minus the mean over another. Each class of each set is resampled by itself and keeps its number
    /// of images, so that a class's share isn't part of the uncertainty.
    /// </summary>
    /// <param name="first">A value per image.</param>
    /// <param name="firstLabels">The class of each.</param>
    /// <param name="second">A value per image of the other set.</param>
    /// <param name="secondLabels">The class of each.</param>
    /// <param name="seed">Of the draws.</param>
    public static ConfidenceInterval OfDifference(double[] first, int[] firstLabels, double[] second, int[] secondLabels, int seed)
    {
        var firstClasses = ByClass(first, firstLabels);
        var secondClasses = ByClass(second, secondLabels);
        var differences = new double[Resamples];
        var random = SeededRandom.For(seed);
        for (var i = 0; i < Resamples; i++)
        {
            differences[i] = (firstClasses.Sum(values => DrawSum(values, random)) / first.Length)
                - (secondClasses.Sum(values => DrawSum(values, random)) / second.Length);
        }

        return Interval(differences);
    }

    private static double[][] ByClass(double[] values, int[] labels) =>
        [.. values
            .Zip(labels)
            .GroupBy(pair => pair.Second, pair => pair.First)
            .OrderBy(group => group.Key)
            .Select(group => group.ToArray())];

    private static double DrawSum(double[] values, Random random)
    {
        var sum = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            sum += values[random.Next(values.Length)];
        }

        return sum;
    }

    private static ConfidenceInterval Interval(double[] means)
    {
        Array.Sort(means);
        const double Tail = (1 - Level) / 2;
        return new ConfidenceInterval(means[(int)Math.Round(Tail * Resamples) - 1], means[(int)Math.Round((1 - Tail) * Resamples) - 1]);
    }
}
