namespace PSTransfer.Core.Backbones.Names;

/// <summary>The names that an earlier version of the original gave its layers, and the eps that its published weights were made for.</summary>
/// <param name="Epsilon">eps of the BatchNorm layers.</param>
/// <param name="Of">The older name of a layer, by its name today; null where it had none, or the same.</param>
/// <param name="Besides">What else the user should know of such weights, to follow "eps is 0.001"; empty for nothing.</param>
public sealed record OlderNames(double Epsilon, Func<string, string?> Of, string Besides = "");
