namespace PSTransfer.Core.Evaluation;

/// <summary>
/// The area under the ROC curve: the probability that an image of the class is given a higher probability of it than one of another class,
/// ties counting half (Hanley and McNeil 1982). Of two classes it is the second one's; of more, the mean over the classes, each against
/// the rest (Provost and Domingos 2000, unweighted).
/// </summary>
internal static class Auc
{
    /// <summary>The area, 0 to 1; null where a class has no images or all of them.</summary>
    /// <param name="answers">Answers with the probabilities of all classes.</param>
    /// <param name="classes">How many classes there are.</param>
    public static double? Of(Answers answers, int classes)
    {
        var areas = (classes == 2 ? [1] : Enumerable.Range(0, classes)).Select(label => Area(
            [.. Enumerable.Range(0, answers.Count).Select(image => answers.ProbabilitiesOf(image)[label])],
            Array.ConvertAll(answers.Labels, actual => actual == label))).ToList();
        return areas.All(area => area is not null) ? areas.Average() : null;
    }

    /// <summary>The area by ranks (Mann and Whitney 1947). Ties get the mean of their ranks.</summary>
    private static double? Area(float[] scores, bool[] isPositive)
    {
        var positives = isPositive.LongCount(positive => positive);
        var negatives = isPositive.Length - positives;
        if (positives == 0 || negatives == 0)
        {
            return null;
        }

        Array.Sort(scores, isPositive);
        var rankSum = 0.0;
        for (var (begin, end) = (0, 0); begin < scores.Length; begin = end)
        {
            for (end = begin + 1; end < scores.Length && scores[end] == scores[begin];)
            {
                end++;
            }

            rankSum += (begin + 1 + end) / 2.0 * isPositive.AsSpan(begin, end - begin).Count(true);
        }

        return (rankSum - (positives * (positives + 1) / 2.0)) / ((double)positives * negatives);
    }
}
