using PSTransfer.Core.Data.Sets;

namespace PSTransfer.Core.Evaluation;

/// <summary>What an evaluation keeps of the probabilities, which grow with the number of classes.</summary>
internal enum KeptProbabilities
{
    /// <summary>None: loss and accuracy don't need them.</summary>
    None,

    /// <summary>The highest of each image.</summary>
    Highest,

    /// <summary>Those of all classes.</summary>
    All,
}

/// <summary>
/// The answers of a model in one pass, image by image, in the order of the set. Every figure of an evaluation is a function of them.
/// </summary>
/// <param name="Labels">The class of each image.</param>
/// <param name="Predicted">The class that each image is taken for.</param>
/// <param name="Losses">The loss of each image.</param>
/// <param name="Probabilities">As many probabilities for each image as the pass kept, one image after the other.</param>
/// <param name="LossSum">
/// The sum of the loss over the batches in their order, each batch's mean times its images. The sum of <paramref name="Losses"/> differs
/// in its last digits, since a batch's mean is rounded to single precision.
/// </param>
internal sealed record Answers(int[] Labels, int[] Predicted, float[] Losses, float[] Probabilities, double LossSum)
{
    /// <summary>Images.</summary>
    public int Count => Labels.Length;

    /// <summary>Mean loss and accuracy.</summary>
    public PhaseMetrics Metrics => new(LossSum / Count, (double)Enumerable.Range(0, Count).Count(IsRight) / Count, Count);

    /// <summary>Whether an image is taken for what it is.</summary>
    public bool IsRight(int image) => Predicted[image] == Labels[image];

    /// <summary>The probabilities of an image that the pass kept.</summary>
    public ReadOnlySpan<float> ProbabilitiesOf(int image)
    {
        var columns = Probabilities.Length / Count;
        return Probabilities.AsSpan(image * columns, columns);
    }

    /// <summary>The highest probability of an image.</summary>
    public float Confidence(int image)
    {
        var highest = 0f;
        foreach (var probability in ProbabilitiesOf(image))
        {
            highest = MathF.Max(highest, probability);
        }

        return highest;
    }

    /// <summary>Whether another pass was right about the same images and gave each the same loss, to the last bit.</summary>
    public bool AgreesWith(Answers other) =>
        Losses.AsSpan().SequenceEqual(other.Losses) && Enumerable.Range(0, Count).All(image => IsRight(image) == other.IsRight(image));

    /// <summary>Images by true class (first index) and predicted class (second index).</summary>
    public int[][] Confusion(int classes)
    {
        int[][] matrix = [.. Enumerable.Range(0, classes).Select(_ => new int[classes])];
        foreach (var (actual, predicted) in Labels.Zip(Predicted))
        {
            matrix[actual][predicted]++;
        }

        return matrix;
    }
}
