namespace PSTransfer.Core.Backbones.Names;

/// <summary>The layer names of an earlier version of the original, and the eps for which its published weights were made.</summary>
/// <param name="Epsilon">The eps of the BatchNorm layers.</param>
/// <param name="Of">Returns the older name of a layer by its present one; null if it had none, or the same.</param>
/// <param name="Besides">A further hint about such weights, which follows "eps is 0.001"; empty for none.</param>
public sealed record OlderNames(double Epsilon, Func<string, string?> Of, string Besides = "");
