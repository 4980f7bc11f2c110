namespace PSTransfer.Core.Evaluation;

/// <summary>
/// The share of images whose class is among the most probable ones. Of classes with the same probability the first counts as the most
/// probable, as for accuracy.
/// </summary>
internal static class TopAccuracy
{
    /// <summary>The share, 0 to 1.</summary>
    /// <param name="answers">Answers with all probabilities.</param>
    /// <param name="top">How many classes may be named.</param>
    public static double Of(Answers answers, int top) =>
        (double)Enumerable.Range(0, answers.Count).LongCount(image => Before(answers, image) < top) / answers.Count;

    /// <summary>How many classes are more probable than the image's own.</summary>
    private static int Before(Answers answers, int image)
    {
        var probabilities = answers.ProbabilitiesOf(image);
        var (label, before) = (answers.Labels[image], 0);
        for (var i = 0; i < probabilities.Length; i++)
        {
            before += probabilities[i] > probabilities[label] || (probabilities[i] == probabilities[label] && i < label) ? 1 : 0;
        }

        return before;
    }
}
