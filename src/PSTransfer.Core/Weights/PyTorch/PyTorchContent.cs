namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>The content of a file that torch.save wrote, in either of its formats.</summary>
/// <param name="Root">The saved object: a value of <see cref="Unpickler"/>'s.</param>
/// <param name="Locate">Returns the position of a storage's numbers in the file. Throws InvalidDataException if the file has other numbers
/// than the pickle says.</param>
/// <param name="Foreign">The names that the pickle asks for and that weights never need.</param>
internal sealed record PyTorchContent(object? Root, Func<PickledStorage, long> Locate, IReadOnlyCollection<string> Foreign);
