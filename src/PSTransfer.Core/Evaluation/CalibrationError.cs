namespace PSTransfer.Core.Evaluation;

/// <summary>
/// Expected calibration error (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017): how far accuracy is from the probability of the class
/// that was chosen, over 15 bins of equal width, each weighted by its images. A bin holds its upper end, not its lower.
/// </summary>
internal sealed class CalibrationError
{
    private const int Bins = 15;

    private readonly (double Confidence, long Right, long Count)[] _bins = new (double, long, long)[Bins];

    /// <summary>The error so far, 0 to 1.</summary>
    public double Value => _bins.Sum(bin => Math.Abs(bin.Confidence - bin.Right)) / _bins.Sum(bin => bin.Count);

    /// <summary>Adds an image.</summary>
    public void Add(ReadOnlySpan<float> probabilities, int label)
    {
        var chosen = 0;
        for (var i = 1; i < probabilities.Length; i++)
        {
            chosen = probabilities[i] > probabilities[chosen] ? i : chosen;
        }

        ref var bin = ref _bins[Math.Clamp((int)Math.Ceiling((double)probabilities[chosen] * Bins) - 1, 0, Bins - 1)];
        bin = (bin.Confidence + probabilities[chosen], bin.Right + (chosen == label ? 1 : 0), bin.Count + 1);
    }
}
