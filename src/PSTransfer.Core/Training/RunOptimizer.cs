using PSTransfer.Core.Models;
using TorchSharp;
using TorchSharp.Modules;

namespace PSTransfer.Core.Training;

/// <summary>TorchSharp's optimisers over the parameters that learn, and their state by name for checkpoints.</summary>
internal sealed class RunOptimizer : IDisposable
{
    private readonly OptimizerHelper _optimizer;
    private readonly IReadOnlyList<string> _names;

    /// <summary>Creates the optimiser. Frozen parameters aren't given to it, so neither decay nor momentum can touch them.</summary>
    /// <exception cref="PSTransferException">Nothing learns.</exception>
    public RunOptimizer(TransferNetwork network, TrainingOptions options)
    {
        var learning = network.Layers.Where(layer => layer.Learns)
            .SelectMany(layer => layer.Parameters.Select(p => (Name: $"{layer.Name}.{p.Key}", p.Value)))
            .ToList();
        if (learning.Count == 0)
        {
            throw new PSTransferException(
                FaultKind.InvalidOperation, $"Nothing in '{network.Name}' learns: every layer is frozen. Unfreeze some (Set-FreezeMode None -Layer ...).", network.Name);
        }

        _names = [.. learning.Select(p => p.Name)];
        var parameters = learning.Select(p => p.Value);
        _optimizer = options.Optimizer switch
        {
            OptimizerKind.Adam => torch.optim.Adam(parameters, options.Rate, weight_decay: options.Decay),
            OptimizerKind.AdamW => torch.optim.AdamW(parameters, options.Rate, weight_decay: options.Decay),
            _ => torch.optim.SGD(parameters, options.Rate, options.Momentum, weight_decay: options.Decay, nesterov: options.Nesterov),
        };
    }

    /// <summary>The state's tensors by name, empty before the first step. The optimiser owns them.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State
    {
        get
        {
            var states = _optimizer.state_dict().State;
            for (var i = 0; i < _names.Count; i++)
            {
                switch (states[i])
                {
                    case SGD.State { momentum_buffer: { } velocity }:
                        yield return KeyValuePair.Create($"optimizer.velocity.{_names[i]}", velocity);
                        break;
                    case Adam.State state:
                        yield return KeyValuePair.Create($"optimizer.mean.{_names[i]}", state.exp_avg);
                        yield return KeyValuePair.Create($"optimizer.square.{_names[i]}", state.exp_avg_sq);
                        break;
                    case AdamW.State state:
                        yield return KeyValuePair.Create($"optimizer.mean.{_names[i]}", state.exp_avg);
                        yield return KeyValuePair.Create($"optimizer.square.{_names[i]}", state.exp_avg_sq);
                        break;
                }
            }
        }
    }

    /// <summary>Takes one step along the gradients of a loss.</summary>
    public void Step(torch.Tensor loss, double rate)
    {
        foreach (var group in _optimizer.ParamGroups)
        {
            group.LearningRate = rate;
        }

        _optimizer.zero_grad();
        loss.backward();
        using var updated = _optimizer.step();
    }

    /// <summary>Puts back what <see cref="State"/> gave after the given number of steps.</summary>
    /// <param name="steps">Steps taken, for Adam's bias correction.</param>
    /// <param name="read">Fills a tensor from the checkpoint by its name.</param>
    public void Restore(int steps, Action<string, torch.Tensor> read)
    {
        var states = _optimizer.state_dict().State;
        foreach (var (state, parameter) in states.Zip(_optimizer.parameters()))
        {
            switch (state)
            {
                case SGD.State sgd when steps > 0 && _optimizer.ParamGroups.OfType<SGD.ParamGroup>().Any(g => g.Options.momentum > 0):
                    sgd.momentum_buffer = torch.zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
                    break;
                case Adam.State adam:
                    adam.step = steps;
                    break;
                case AdamW.State adamW:
                    adamW.step = steps;
                    break;
            }
        }

        using var _ = torch.no_grad();
        foreach (var (name, tensor) in State)
        {
            read(name, tensor);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();
}
