namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>What torch.save wrote, in either of its formats.</summary>
/// <param name="Root">The object: a value of <see cref="Unpickler"/>'s.</param>
/// <param name="Locate">Where in the file the numbers of a storage begin; throws InvalidDataException when the file has other numbers than the pickle says.</param>
/// <param name="Foreign">Names that the pickle asks for and that weights never need.</param>
internal sealed record PyTorchContent(object? Root, Func<PickledStorage, long> Locate, IReadOnlyCollection<string> Foreign);
