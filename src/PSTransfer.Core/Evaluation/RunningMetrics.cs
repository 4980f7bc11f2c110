using static TorchSharp.torch;

namespace PSTransfer.Core.Evaluation;

/// <summary>Loss and accuracy over images.</summary>
/// <param name="Loss">Mean loss per image.</param>
/// <param name="Accuracy">Share of right answers, 0 to 1.</param>
/// <param name="Count">Images.</param>
public sealed record PhaseMetrics(double Loss, double Accuracy, int Count)
{
    /// <inheritdoc/>
    public override string ToString() => $"accuracy {Accuracy:0.000}, loss {Loss:0.0000} ({Count} images)";
}

/// <summary>Adds up batches, each weighted by its number of images.</summary>
internal sealed class RunningMetrics
{
    private double _lossSum;
    private long _right;
    private int _count;

    /// <summary>The mean so far.</summary>
    public PhaseMetrics Mean => new(_lossSum / _count, (double)_right / _count, _count);

    /// <summary>Adds a batch.</summary>
    /// <returns>The batch's mean loss.</returns>
    public double Add(Tensor loss, Tensor predictions, Tensor labels)
    {
        using var equal = predictions.eq(labels);
        using var sum = equal.sum();
        double mean = loss.item<float>();
        var images = (int)labels.shape[0];
        _lossSum += mean * images;
        _right += sum.item<long>();
        _count += images;
        return mean;
    }
}
