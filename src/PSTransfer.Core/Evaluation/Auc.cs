namespace PSTransfer.Core.Evaluation;

/// <summary>
/// The area under the ROC curve: the probability that an image of the class is given a higher probability of it than one of another class,
/// ties counting half (Hanley and McNeil 1982). Of two classes it is the second one's; of more, the mean over the classes, each against
/// the rest (Provost and Domingos 2000, unweighted).
/// </summary>
internal sealed class Auc(int classes)
{
    private readonly List<float>[] _scores = [.. Enumerable.Range(0, classes == 2 ? 1 : classes).Select(_ => new List<float>())];
    private readonly List<int> _labels = [];

    /// <summary>The area so far, 0 to 1; null where a class has no images or all of them.</summary>
    public double? Value
    {
        get
        {
            var areas = _scores.Select((scores, index) => Area([.. scores], [.. _labels.Select(label => label == ClassOf(index))])).ToList();
            return areas.All(area => area is not null) ? areas.Average() : null;
        }
    }

    /// <summary>Adds an image.</summary>
    public void Add(ReadOnlySpan<float> probabilities, int label)
    {
        _labels.Add(label);
        for (var i = 0; i < _scores.Length; i++)
        {
            _scores[i].Add(probabilities[ClassOf(i)]);
        }
    }

    private int ClassOf(int index) => classes == 2 ? 1 : index;

    /// <summary>By ranks (Mann and Whitney 1947): ties get the mean of their ranks.</summary>
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
