namespace PSTransfer.Core.Weights.Safetensors;

/// <summary>One tensor of a safetensors file, as its header declares it and its length confirms it.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="DataType">The format's name of the type: F32, F16, BF16, I64, ...</param>
/// <param name="Shape">Row-major shape; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">The byte after the last.</param>
public sealed record TensorEntry(string Name, string DataType, IReadOnlyList<long> Shape, long Begin, long End);
