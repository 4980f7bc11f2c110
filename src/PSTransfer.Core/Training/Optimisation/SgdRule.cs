using TorchSharp;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>
/// Stochastic gradient descent: v ← μ v + g, then w ← w − rate · v, or w ← w − rate · (g + μ v) with Nesterov's look ahead (Sutskever et
/// al. 2013, with the rate outside of v). The first v is g; without momentum there is none.
/// </summary>
internal sealed class SgdRule(double momentum, bool nesterov, double decay) : UpdateRule
{
    private torch.Tensor? _velocity;

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, torch.Tensor>> State =>
        _velocity is null ? [] : [KeyValuePair.Create("velocity", _velocity)];

    /// <inheritdoc/>
    public override void Step(torch.Tensor parameter, torch.Tensor gradient, double rate)
    {
        using var back = (-rate).ToScalar();
        using var g = WithDecay(gradient, parameter, decay);
        if (momentum == 0)
        {
            parameter.add_(g, back);
            return;
        }

        using var mu = momentum.ToScalar();
        var velocity = Accelerate(g, mu);
        if (!nesterov)
        {
            parameter.add_(velocity, back);
            return;
        }

        using var ahead = g.add(velocity, mu);
        parameter.add_(ahead, back);
    }

    /// <inheritdoc/>
    public override void Resume(torch.Tensor parameter, int steps)
    {
        _velocity?.Dispose();
        _velocity = momentum == 0 ? null : Zeros(parameter);
    }

    private torch.Tensor Accelerate(torch.Tensor g, Scalar mu)
    {
        if (_velocity is null)
        {
            return _velocity = g.clone().DetachFromDisposeScope();
        }

        using var one = 1.ToScalar();
        _velocity.mul_(mu);
        return _velocity.add_(g, one);
    }
}
