namespace PSTransfer.Core.Networks;

/// <summary>A place between two layers of a network where one tensor is all that goes on.</summary>
/// <param name="InHead">In the head rather than in the backbone.</param>
/// <param name="Node">The last node before it, of that graph.</param>
internal readonly record struct NetworkCut(bool InHead, int Node);
