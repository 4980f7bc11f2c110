using PSTransfer.Core.Models;
using TorchSharp;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>
/// An exponential moving average of the tensors that training moves: a ← d a + (1 − d) w after each update (Polyak and Juditsky 1992 in its
/// exponential form). After t updates d is min(decay, (1 + t) / (10 + t)), as in TensorFlow's ExponentialMovingAverage: a low start,
/// because otherwise a random head's first weights would count for long. Moving statistics are averaged with the weights that they belong
/// to. Frozen tensors aren't touched.
/// </summary>
internal sealed class WeightAverage(TransferNetwork network, double decay) : IDisposable
{
    private readonly WeightCopy _average = new(network.Changing, "average");

    /// <summary>The averages by name, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State => _average.State;

    /// <summary>The number of updates so far.</summary>
    public int Updates { get; set; }

    /// <summary>Adds the weights after an update to the average.</summary>
    public void Add()
    {
        Updates++;
        var d = Math.Min(decay, (1.0 + Updates) / (10.0 + Updates));
        using var kept = d.ToScalar();
        using var added = (1 - d).ToScalar();
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        foreach (var (live, average) in _average.Pairs)
        {
            average.mul_(kept);
            average.add_(live, added);
        }
    }

    /// <summary>Exchanges the model's weights and the averages.</summary>
    public void Swap() => _average.Swap();

    /// <inheritdoc/>
    public void Dispose() => _average.Dispose();
}
