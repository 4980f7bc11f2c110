namespace PSTransfer.Core.Weights.Safetensors;

/// <summary>One tensor of a safetensors file, as the header declares it; checked against the file's length.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="DataType">The type by the format's names: F32, F16, BF16, I64, ...</param>
/// <param name="Shape">The row-major shape; empty for a scalar.</param>
/// <param name="Begin">The position of the first byte, counted from the end of the header.</param>
/// <param name="End">The position after the last byte.</param>
public sealed record TensorEntry(string Name, string DataType, IReadOnlyList<long> Shape, long Begin, long End);
