using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using TorchSharp;
using TorchSharp.Modules;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>The optimiser of a stage: a rule for each parameter that learns, with the rules' state by name for checkpoints.</summary>
internal sealed class RunOptimizer : IDisposable
{
    private readonly IReadOnlyList<(string Name, Parameter Parameter, UpdateRule Rule, double Factor)> _learning;
    private readonly double? _clipNorm;
    private double _accumulated;

    /// <summary>Creates the optimiser. It doesn't get frozen parameters, so neither decay nor momentum can touch them.</summary>
    /// <exception cref="PSTransferException">Nothing learns.</exception>
    public RunOptimizer(TransferNetwork network, TrainingOptions options)
    {
        var rates = new LayerRates(network, options);
        _clipNorm = options.ClipNorm;
        _learning = [.. network.Layers.Where(layer => layer.Learns)
            .SelectMany(layer => layer.Parameters.Select(p => ($"{layer.Name}.{p.Key}", p.Value, Rule(options), rates.Of(layer))))];
        if (_learning.Count == 0)
        {
            throw new PSTransferException(
                FaultKind.InvalidOperation,
                $"Nothing in '{network.Name}' learns: every layer is frozen. Unfreeze some ({Unfreezing("...")}).",
                network.Name);
        }
    }

    /// <summary>The command that lets layers learn.</summary>
    /// <param name="layers">The layers' names.</param>
    public static string Unfreezing(string layers) =>
        $"{Option.SetFirst("Mode", FreezeMode.None, of: "Set-FreezeMode")}{Option.Also("Layer", of: "Set-FreezeMode")} {layers}";

    /// <summary>The tensors of the state by name; none before the first step. The optimiser owns them.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State =>
        _learning.SelectMany(p => p.Rule.State.Select(tensor => KeyValuePair.Create($"optimizer.{tensor.Key}.{p.Name}", tensor.Value)));

    /// <summary>Takes one step along the gradients of a loss. A parameter that the loss doesn't depend on stays as it is.</summary>
    public void Step(torch.Tensor loss, double rate)
    {
        ForgetGradients();
        loss.backward();
        Update(rate);
    }

    /// <summary>Adds a batch's gradients to those of the batches before it.</summary>
    /// <param name="loss">The mean loss of the batch.</param>
    /// <param name="weight">The sum that the mean was divided by.</param>
    public void Accumulate(torch.Tensor loss, double weight)
    {
        if (_accumulated == 0)
        {
            ForgetGradients();
        }

        _accumulated += weight;
        using var factor = weight.ToScalar();
        using var sum = loss.mul(factor);
        sum.backward();
    }

    /// <summary>Takes one step along the gradient of the mean loss over all batches since the last step.</summary>
    public void StepAccumulated(double rate)
    {
        using (torch.no_grad())
        {
            using var factor = (1 / _accumulated).ToScalar();
            foreach (var (_, parameter, _, _) in _learning)
            {
                using var gradient = parameter.grad;
                gradient?.mul_(factor);
            }
        }

        _accumulated = 0;
        Update(rate);
    }

    /// <summary>Puts back the <see cref="State"/> of a checkpoint.</summary>
    /// <param name="steps">The steps taken until the checkpoint, for Adam's bias correction.</param>
    /// <param name="read">Fills a tensor from the checkpoint by its name.</param>
    public void Restore(int steps, Action<string, torch.Tensor> read)
    {
        if (steps == 0)
        {
            return;
        }

        using var _ = torch.no_grad();
        foreach (var (_, parameter, rule, _) in _learning)
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
        foreach (var (_, _, rule, _) in _learning)
        {
            rule.Dispose();
        }
    }

    private void ForgetGradients()
    {
        foreach (var (_, parameter, _, _) in _learning)
        {
            parameter.grad = null;
        }
    }

    private void Update(double rate)
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var moving = _learning.Select(p => (p.Parameter, p.Rule, p.Factor, Gradient: p.Parameter.grad))
            .Where(p => p.Gradient is not null).ToList();
        if (_clipNorm is { } limit && moving.Count > 0)
        {
            GradientClip.Apply([.. moving.Select(p => p.Gradient!)], limit);
        }

        foreach (var (parameter, rule, factor, gradient) in moving)
        {
            rule.Step(parameter, gradient!, rate * factor);
        }
    }

    private static UpdateRule Rule(TrainingOptions options) => options.Optimizer switch
    {
        OptimizerKind.Adam => new AdamRule(options.Decay, decoupled: false),
        OptimizerKind.AdamW => new AdamRule(options.Decay, decoupled: true),
        _ => new SgdRule(options.Momentum, options.Nesterov, options.Decay),
    };
}
