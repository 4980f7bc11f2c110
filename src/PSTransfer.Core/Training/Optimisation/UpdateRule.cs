using TorchSharp;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>
/// How one parameter moves along its gradient, and the tensors that this takes, which the rule owns. The formulas and the order of their
/// operations are PyTorch's, so that its optimisers give the same bits.
/// </summary>
/// <remarks>Scalars and tensors must be held while a native call reads them: TorchSharp keeps none alive that was made in passing.</remarks>
internal abstract class UpdateRule : IDisposable
{
    /// <summary>The rule's tensors by what they are, each of the parameter's shape; none before the first step.</summary>
    public abstract IEnumerable<KeyValuePair<string, torch.Tensor>> State { get; }

    /// <summary>Takes a step. Gradients must be off.</summary>
    /// <param name="parameter">Changed in place; always the same one.</param>
    /// <param name="gradient">Of the loss, in the parameter's shape. Not changed.</param>
    /// <param name="rate">The learning rate.</param>
    public abstract void Step(torch.Tensor parameter, torch.Tensor gradient, double rate);

    /// <summary>Makes the state that the rule has after some steps, at least one, for its numbers to be read into.</summary>
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
    protected static torch.Tensor Zeros(torch.Tensor parameter) => torch.zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
}
