namespace PSTransfer.Core.Backbones.Names;

/// <summary>The names that another library gives the tensors of the same network.</summary>
/// <param name="Who">The owner of the names, such as "Hugging Face's".</param>
/// <param name="Of">Returns the other library's name for a name used here (layer1.0.conv1.weight).</param>
/// <param name="Epsilon">The eps of the other library's BatchNorm layers; null if it is the backbone's.</param>
/// <param name="Impostor">The prefix of the library's networks that have the same tensors but compute otherwise; null for none.</param>
public sealed record NameStyle(string Who, Func<string, string> Of, double? Epsilon = null, string? Impostor = null)
{
    /// <summary>The style that keeps all names.</summary>
    public static NameStyle Original { get; } = new("the original's", name => name);
}
