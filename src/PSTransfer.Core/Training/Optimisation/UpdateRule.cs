using TorchSharp;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>
/// Moves one parameter along its gradient, and owns the tensors that this needs. Formulas and order of operations are PyTorch's, so that
/// PyTorch's optimisers give the same bits.
/// </summary>
/// <remarks>A variable must hold each scalar and tensor while a native call reads it: TorchSharp keeps no temporary alive.</remarks>
internal abstract class UpdateRule : IDisposable
{
    /// <summary>The tensors of the rule by kind, each of the parameter's shape; none before the first step.</summary>
    public abstract IEnumerable<KeyValuePair<string, torch.Tensor>> State { get; }

    /// <summary>Takes a step. Gradients must be off.</summary>
    /// <param name="parameter">The parameter, always the same one. It is changed in place.</param>
    /// <param name="gradient">The gradient of the loss, in the parameter's shape. It isn't changed.</param>
    /// <param name="rate">The learning rate.</param>
    public abstract void Step(torch.Tensor parameter, torch.Tensor gradient, double rate);

    /// <summary>Creates the tensors that the rule has after at least one step. Their numbers are read from a checkpoint later.</summary>
    public abstract void Resume(torch.Tensor parameter, int steps);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, tensor) in State)
        {
            tensor.Dispose();
        }
    }

    /// <summary>The gradient of loss + decay / 2 · ‖parameter‖². The caller owns it.</summary>
    protected static torch.Tensor WithDecay(torch.Tensor gradient, torch.Tensor parameter, double decay)
    {
        using var factor = decay.ToScalar();
        return decay == 0 ? gradient.alias() : gradient.add(parameter, factor);
    }

    /// <summary>Zeros in the parameter's shape that outlive the step.</summary>
    protected static torch.Tensor Zeros(torch.Tensor parameter) =>
        torch.zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
}
