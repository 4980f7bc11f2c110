using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Training.Loss;

/// <summary>
/// The loss that training minimises: an objective, with smoothed labels and weighted classes if the options ask for them. It is torch's
/// cross_entropy with label_smoothing and weight, whose mean is over the weights. With one logit, targets become y (1 − s) + s / 2.
/// Evaluation uses the plain objective.
/// </summary>
internal sealed class TrainingLoss : IDisposable
{
    private readonly Objective _objective;
    private readonly double _smoothing;
    private readonly double[]? _weights;
    private readonly Tensor? _weightTensor;

    /// <summary>Adds smoothing and weights to an objective.</summary>
    /// <param name="objective">The plain loss.</param>
    /// <param name="smoothing">The share of each label that goes to all classes alike, at least 0 and below 1.</param>
    /// <param name="weights">The weights of the classes by label; null for none.</param>
    /// <param name="device">The device of the logits.</param>
    public TrainingLoss(Objective objective, double smoothing, double[]? weights, Device device)
    {
        (_objective, _smoothing, _weights) = (objective, smoothing, weights);
        _weightTensor = weights is null
            ? null
            : tensor(Array.ConvertAll(weights, weight => (float)weight), device: device).DetachFromDisposeScope();
    }

    /// <summary>The loss of a run.</summary>
    /// <exception cref="PSTransferException">Head, data and options don't fit each other.</exception>
    public static TrainingLoss For(TransferNetwork network, LabeledImages data, TrainingOptions options) =>
        new(Objective.For(network, data, options.Loss), options.LabelSmoothing, ClassWeights.Of(data, options), network.Device);

    /// <summary>The mean loss of a batch.</summary>
    /// <param name="logits">N×ClassCount.</param>
    /// <param name="labels">N, int64.</param>
    public Tensor Mean(Tensor logits, Tensor labels)
    {
        if (_smoothing == 0 && _weightTensor is null)
        {
            return _objective.Loss(logits, labels);
        }

        return _objective.IsBinary
            ? MeanOfOneLogit(logits, labels)
            : nn.functional.cross_entropy(logits, labels, weight: _weightTensor, label_smoothing: _smoothing);
    }

    /// <summary>The sum that a batch's mean was divided by: the weights of its images' classes.</summary>
    public double Weight(IEnumerable<int> labels) => labels.Sum(label => _weights?[label] ?? 1);

    /// <summary>The label with the highest probability, N, int64.</summary>
    public Tensor Predict(Tensor logits) => _objective.Predict(logits);

    /// <inheritdoc/>
    public void Dispose() => _weightTensor?.Dispose();

    private Tensor MeanOfOneLogit(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var share = (1 - _smoothing).ToScalar();
        using var rest = (_smoothing / 2).ToScalar();
        using var one = 1.ToScalar();
        var targets = labels.to(ScalarType.Float32).mul(share).add(rest, one);
        var each = nn.functional.binary_cross_entropy_with_logits(logits.squeeze(1), targets, reduction: nn.Reduction.None);
        if (_weightTensor is null)
        {
            return each.mean().MoveToOuterDisposeScope();
        }

        var weights = _weightTensor.index_select(0, labels);
        return each.mul(weights).sum().div(weights.sum()).MoveToOuterDisposeScope();
    }
}
