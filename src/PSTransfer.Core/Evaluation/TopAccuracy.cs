namespace PSTransfer.Core.Evaluation;

/// <summary>The share of images whose class is among the most probable ones. Of classes with the same probability the first counts as the most probable, as for accuracy.</summary>
internal sealed class TopAccuracy(int top)
{
    private long _right;
    private long _count;

    /// <summary>The share so far, 0 to 1.</summary>
    public double Value => (double)_right / _count;

    /// <summary>Adds an image.</summary>
    public void Add(ReadOnlySpan<float> probabilities, int label)
    {
        var before = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            before += probabilities[i] > probabilities[label] || (probabilities[i] == probabilities[label] && i < label) ? 1 : 0;
        }

        _count++;
        _right += before < top ? 1 : 0;
    }
}
