using PSTransfer.Core.Models;
using TorchSharp;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>
/// An exponential moving average of what training moves: a ← d a + (1 − d) w after each update (Polyak and Juditsky 1992 in its
/// exponential form). d begins low and rises to the decay, min(decay, (1 + t) / (10 + t)) after t updates, as in TensorFlow's
/// ExponentialMovingAverage, or a random head's start would weigh for long. Moving statistics that training moves are averaged with the
/// weights that they belong to; what is frozen isn't touched.
/// </summary>
internal sealed class WeightAverage(TransferNetwork network, double decay) : IDisposable
{
    private readonly WeightCopy _average = new(network.Changing, "average");

    /// <summary>The averages by name, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State => _average.State;

    /// <summary>Updates so far.</summary>
    public int Updates { get; set; }

    /// <summary>Takes in the weights after an update.</summary>
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
