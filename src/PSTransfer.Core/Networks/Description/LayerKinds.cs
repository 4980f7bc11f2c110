namespace PSTransfer.Core.Networks.Description;

/// <summary>The kinds of layers that a network can have.</summary>
public static class LayerKinds
{
    /// <summary>The kinds by name, in alphabetical order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. LayerForms.Kinds.Order(StringComparer.Ordinal)];
}
