namespace PSTransfer.Core.Evaluation;

/// <summary>
/// Expected calibration error (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017): how far accuracy is from the probability of the class
/// that was chosen, over 15 bins of equal width, each weighted by its images. A bin holds its upper end, not its lower.
/// </summary>
internal static class CalibrationError
{
    private const int Bins = 15;

    /// <summary>The error, 0 to 1.</summary>
    /// <param name="answers">Answers with all probabilities.</param>
    public static double Of(Answers answers)
    {
        // A double holds the sum of millions of such floats exactly, so the order of the images doesn't matter.
        var bins = new (double Confidence, long Right)[Bins];
        for (var image = 0; image < answers.Count; image++)
        {
            var probabilities = answers.ProbabilitiesOf(image);
            var chosen = 0;
            for (var i = 1; i < probabilities.Length; i++)
            {
                chosen = probabilities[i] > probabilities[chosen] ? i : chosen;
            }

            ref var bin = ref bins[Math.Clamp((int)Math.Ceiling((double)probabilities[chosen] * Bins) - 1, 0, Bins - 1)];
            bin = (bin.Confidence + probabilities[chosen], bin.Right + (chosen == answers.Labels[image] ? 1 : 0));
        }

        return bins.Sum(bin => Math.Abs(bin.Confidence - bin.Right)) / answers.Count;
    }
}
