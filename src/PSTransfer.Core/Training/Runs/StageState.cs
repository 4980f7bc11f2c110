using PSTransfer.Core.Models;
using PSTransfer.Core.Training.Optimisation;
using TorchSharp;

namespace PSTransfer.Core.Training.Runs;

/// <summary>What a stage keeps beside the model: its optimiser, and the average of the weights where one is asked for.</summary>
internal sealed class StageState : IDisposable
{
    private readonly WeightAverage? _average;

    /// <summary>At the beginning of a stage, with the layers' modes as they are in it.</summary>
    public StageState(TransferNetwork network, TrainingOptions options)
    {
        Optimizer = new RunOptimizer(network, options);
        _average = options.WeightAverage is { } decay ? new WeightAverage(network, decay) : null;
    }

    /// <summary>The optimiser.</summary>
    public RunOptimizer Optimizer { get; }

    /// <summary>All tensors by name, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> Tensors => [.. Optimizer.State, .. _average?.State ?? []];

    /// <summary>Puts back what <see cref="Tensors"/> gave after so many updates.</summary>
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

    /// <summary>The optimiser has made an update.</summary>
    public void Updated() => _average?.Add();

    /// <summary>Does something while the model has the weights that it is judged by.</summary>
    public T Judge<T>(Func<T> action)
    {
        _average?.Swap();
        try
        {
            return action();
        }
        finally
        {
            _average?.Swap();
        }
    }

    /// <summary>Leaves the model the weights that it is judged by.</summary>
    public void Finish() => _average?.Swap();

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        _average?.Dispose();
    }
}
