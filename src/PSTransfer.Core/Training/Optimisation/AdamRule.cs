using TorchSharp;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1): m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − rate · m̂ / (√v̂ + ε), where m̂ and v̂
/// are m and v over 1 − βᵗ. Weight decay is added to the gradient; decoupled, it is AdamW's w ← (1 − rate · decay) w before the step
/// (Loshchilov and Hutter 2019).
/// </summary>
internal sealed class AdamRule(double decay, bool decoupled) : UpdateRule
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private int _steps;
    private torch.Tensor? _mean;
    private torch.Tensor? _square;

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, torch.Tensor>> State =>
        _mean is null || _square is null ? [] : [KeyValuePair.Create("mean", _mean), KeyValuePair.Create("square", _square)];

    /// <inheritdoc/>
    public override void Step(torch.Tensor parameter, torch.Tensor gradient, double rate)
    {
        _steps++;
        using var kept = (1 - (rate * decay)).ToScalar();
        if (decoupled)
        {
            parameter.mul_(kept);
        }

        using var g = WithDecay(gradient, parameter, decoupled ? 0 : decay);
        var mean = UpdateMean(g);
        using var deviation = UpdateDeviation(g);
        using var back = (-(rate / (1 - Math.Pow(Beta1, _steps)))).ToScalar();
        parameter.addcdiv_(mean, deviation, back);
    }

    /// <inheritdoc/>
    public override void Resume(torch.Tensor parameter, int steps)
    {
        Dispose();
        (_steps, _mean, _square) = (steps, Zeros(parameter), Zeros(parameter));
    }

    private torch.Tensor UpdateMean(torch.Tensor g)
    {
        using var beta = Beta1.ToScalar();
        using var rest = (1 - Beta1).ToScalar();
        _mean ??= Zeros(g);
        _mean.mul_(beta);
        return _mean.add_(g, rest);
    }

    /// <summary>Computes √v̂ + ε. The caller owns the result.</summary>
    private torch.Tensor UpdateDeviation(torch.Tensor g)
    {
        using var beta = Beta2.ToScalar();
        using var rest = (1 - Beta2).ToScalar();
        _square ??= Zeros(g);
        _square.mul_(beta);
        _square.addcmul_(g, g, rest);

        using var correction = Math.Sqrt(1 - Math.Pow(Beta2, _steps)).ToScalar();
        using var epsilon = Epsilon.ToScalar();
        using var one = 1.ToScalar();
        var deviation = _square.sqrt();
        deviation.div_(correction);
        return deviation.add_(epsilon, one);
    }
}
