namespace PSTransfer.Core.Networks;

/// <summary>A place between two layers of a network at which a single tensor is passed on.</summary>
/// <param name="InHead">Whether the place is in the head; otherwise it is in the backbone.</param>
/// <param name="Node">The last node before the place, in the graph of head or backbone.</param>
internal readonly record struct NetworkCut(bool InHead, int Node);
