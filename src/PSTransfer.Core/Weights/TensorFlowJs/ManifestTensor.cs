namespace PSTransfer.Core.Weights.TensorFlowJs;

/// <summary>A tensor of a group: where its numbers begin in the group's bytes, and how they are stored.</summary>
/// <param name="Stored">The tensor as others see it; its type is the one it has when read.</param>
/// <param name="Begin">First byte, counted from the group's first.</param>
/// <param name="Quantization">Null for numbers stored as they are.</param>
internal sealed record ManifestTensor(KerasTensor Stored, long Begin, Quantization? Quantization);

/// <summary>Narrower numbers in the place of float32: value = q × scale + min.</summary>
/// <param name="DataType">uint8, uint16, or float16, which has no scale and no minimum.</param>
internal sealed record Quantization(string DataType, double Scale, double Minimum)
{
    /// <summary>The number that an integer stands for, computed in double precision as TensorFlow.js does.</summary>
    public float Widen(int quantized) => (float)((quantized * Scale) + Minimum);
}
