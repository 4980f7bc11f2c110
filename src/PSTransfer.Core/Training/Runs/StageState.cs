using PSTransfer.Core.Models;
using PSTransfer.Core.Training.Optimisation;
using TorchSharp;

namespace PSTransfer.Core.Training.Runs;

/// <summary>The state of a stage beside the model: the optimiser, and the average of the weights if the options ask for one.</summary>
internal sealed class StageState : IDisposable
{
    private readonly WeightAverage? _average;

    /// <summary>Creates the state that a stage begins with. The layers must have the modes of the stage.</summary>
    public StageState(TransferNetwork network, TrainingOptions options)
    {
        Optimizer = new RunOptimizer(network, options);
        _average = options.WeightAverage is { } decay ? new WeightAverage(network, decay) : null;
    }

    /// <summary>The optimiser.</summary>
    public RunOptimizer Optimizer { get; }

    /// <summary>All tensors by name, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> Tensors => [.. Optimizer.State, .. _average?.State ?? []];

    /// <summary>Puts back the <see cref="Tensors"/> of a checkpoint.</summary>
    /// <param name="updates">The updates that the stage had made by then.</param>
    /// <param name="read">Fills a tensor from the checkpoint by its name.</param>
    public void Restore(int updates, Action<string, torch.Tensor> read)
    {
        Optimizer.Restore(updates, read);
        if (_average is not null)
        {
            _average.Updates = updates;
            foreach (var (name, tensor) in _average.State)
            {
                read(name, tensor);
            }
        }
    }

    /// <summary>Updates weights and average by the gradients of a loss.</summary>
    public void Step(torch.Tensor loss, double rate)
    {
        Optimizer.Step(loss, rate);
        _average?.Add();
    }

    /// <summary>Updates weights and average by the gradients accumulated since the last update.</summary>
    public void StepAccumulated(double rate)
    {
        Optimizer.StepAccumulated(rate);
        _average?.Add();
    }

    /// <summary>Exchanges the model's weights and their average. Does nothing without an average.</summary>
    public void SwapAverage() => _average?.Swap();

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        _average?.Dispose();
    }
}
