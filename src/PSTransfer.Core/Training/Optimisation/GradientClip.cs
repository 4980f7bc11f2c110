using TorchSharp;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>Clipping by the global norm (Pascanu, Mikolov and Bengio 2013), as torch.nn.utils.clip_grad_norm_ does it.</summary>
internal static class GradientClip
{
    private const double Epsilon = 1e-6;

    /// <summary>
    /// Scales all gradients by one factor, in place, so that the norm of all their numbers together is at most the limit.
    /// </summary>
    public static void Apply(IReadOnlyList<torch.Tensor> gradients, double limit)
    {
        using var scope = torch.NewDisposeScope();
        var norms = gradients.Select(gradient => gradient.norm()).ToList();
        var norm = torch.stack(norms).norm().item<float>();
        using var factor = (limit / (norm + Epsilon)).ToScalar();
        if (limit / (norm + Epsilon) >= 1)
        {
            return;
        }

        foreach (var gradient in gradients)
        {
            gradient.mul_(factor);
        }
    }
}
