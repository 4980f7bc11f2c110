namespace PSTransfer.Core.Backbones.Names;

/// <summary>What others call the tensors of the same network.</summary>
/// <param name="Who">Whose names these are: "Hugging Face's".</param>
/// <param name="Of">The name there, by the name here (layer1.0.conv1.weight).</param>
/// <param name="Epsilon">eps of their BatchNorm layers where it is another; null for the backbone's.</param>
/// <param name="Impostor">How names of their networks begin that have the same tensors and compute otherwise; null for none.</param>
public sealed record NameStyle(string Who, Func<string, string> Of, double? Epsilon = null, string? Impostor = null)
{
    /// <summary>The names as they are here.</summary>
    public static NameStyle Original { get; } = new("the original's", name => name);
}
