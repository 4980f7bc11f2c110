using PSTransfer.Core.Diagnosis.LearningPhases;

namespace PSTransfer.Core.Diagnosis.Statistics;

/// <summary>The 95 % confidence interval of a mean over seeds: mean ± t · s/√n, s the sample's standard deviation (Student 1908).</summary>
/// <remarks>It isn't cut at the ends of a metric's range: over few seeds that differ much it may reach beyond an accuracy of 1.</remarks>
internal static class SeedInterval
{
    /// <summary>Of the mean of one value per seed; null for a single seed, which says nothing of the others.</summary>
    public static ConfidenceInterval? Of(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
        {
            return null;
        }

        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        var half = Quantile(values.Count - 1) * Math.Sqrt(variance / values.Count);
        return new ConfidenceInterval(mean - half, mean + half);
    }

    /// <summary>What |t| stays below with a probability of 95 %.</summary>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    public static double Quantile(int degrees)
    {
        // The probability rises with the angle, whose range is bounded, unlike t's: halve it until the two ends meet.
        var (low, high) = (0.0, Math.PI / 2);
        for (var middle = high / 2; middle > low && middle < high; middle = (low + high) / 2)
        {
            (low, high) = Probability(middle, degrees) < Bootstrap.Level ? (middle, high) : (low, middle);
        }

        return Math.Sqrt(degrees) * Math.Tan(low);
    }

    /// <summary>P(|T| ≤ √degrees · tan(angle)): Abramowitz and Stegun 1964, 26.7.3 (odd) and 26.7.4 (even).</summary>
    private static double Probability(double angle, int degrees)
    {
        var cosine = Math.Cos(angle);
        var isOdd = degrees % 2 == 1;
        var sum = 0.0;
        var term = isOdd ? cosine : 1;
        for (var power = isOdd ? 1 : 0; power <= degrees - 2; power += 2)
        {
            sum += term;
            term *= cosine * cosine * (power + 1) / (power + 2);
        }

        return isOdd ? 2 / Math.PI * (angle + (Math.Sin(angle) * sum)) : Math.Sin(angle) * sum;
    }
}
