using PSTransfer.Core.Models;
using TorchSharp;
using TorchSharp.Modules;

namespace PSTransfer.Core.Training;

/// <summary>The optimiser of a run: a rule for each parameter that learns, and their state by name for checkpoints.</summary>
internal sealed class RunOptimizer : IDisposable
{
    private readonly IReadOnlyList<(string Name, Parameter Parameter, UpdateRule Rule)> _learning;

    /// <summary>Creates the optimiser. Frozen parameters aren't given to it, so neither decay nor momentum can touch them.</summary>
    /// <exception cref="PSTransferException">Nothing learns.</exception>
    public RunOptimizer(TransferNetwork network, TrainingOptions options)
    {
        _learning = [.. network.Layers.Where(layer => layer.Learns)
            .SelectMany(layer => layer.Parameters.Select(p => ($"{layer.Name}.{p.Key}", p.Value, Rule(options))))];
        if (_learning.Count == 0)
        {
            throw new PSTransferException(
                FaultKind.InvalidOperation, $"Nothing in '{network.Name}' learns: every layer is frozen. Unfreeze some (Set-FreezeMode None -Layer ...).", network.Name);
        }
    }

    /// <summary>The state's tensors by name, empty before the first step. The optimiser owns them.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State =>
        _learning.SelectMany(p => p.Rule.State.Select(tensor => KeyValuePair.Create($"optimizer.{tensor.Key}.{p.Name}", tensor.Value)));

    /// <summary>Takes one step along the gradients of a loss. A parameter that the loss doesn't depend on stays as it is.</summary>
    public void Step(torch.Tensor loss, double rate)
    {
        foreach (var (_, parameter, _) in _learning)
        {
            parameter.grad = null;
        }

        loss.backward();
        using var _ = torch.no_grad();
        foreach (var (_, parameter, rule) in _learning)
        {
            using var gradient = parameter.grad;
            if (gradient is not null)
            {
                rule.Step(parameter, gradient, rate);
            }
        }
    }

    /// <summary>Puts back what <see cref="State"/> gave after the given number of steps.</summary>
    /// <param name="steps">Steps taken, for Adam's bias correction.</param>
    /// <param name="read">Fills a tensor from the checkpoint by its name.</param>
    public void Restore(int steps, Action<string, torch.Tensor> read)
    {
        if (steps == 0)
        {
            return;
        }

        using var _ = torch.no_grad();
        foreach (var (_, parameter, rule) in _learning)
        {
            rule.Resume(parameter, steps);
        }

        foreach (var (name, tensor) in State)
        {
            read(name, tensor);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, rule) in _learning)
        {
            rule.Dispose();
        }
    }

    private static UpdateRule Rule(TrainingOptions options) => options.Optimizer switch
    {
        OptimizerKind.Adam => new AdamRule(options.Decay, decoupled: false),
        OptimizerKind.AdamW => new AdamRule(options.Decay, decoupled: true),
        _ => new SgdRule(options.Momentum, options.Nesterov, options.Decay),
    };
}
