namespace PSTransfer.Core.Weights.TensorFlowJs;

/// <summary>A tensor of a group: the position of its numbers in the group's bytes, and their storage format.</summary>
/// <param name="Stored">The tensor in the form that other code sees; the type is the one after reading.</param>
/// <param name="Begin">The position of the first byte, counted from the group's first.</param>
/// <param name="Quantization">The quantisation; null for numbers stored unchanged.</param>
internal sealed record ManifestTensor(KerasTensor Stored, long Begin, Quantization? Quantization);

/// <summary>Describes narrower numbers in the place of float32: value = q × scale + min.</summary>
/// <param name="DataType">uint8, uint16, or float16, which has no scale and no minimum.</param>
internal sealed record Quantization(string DataType, double Scale, double Minimum)
{
    /// <summary>Returns the number for an integer, computed in double precision as in TensorFlow.js.</summary>
    public float Widen(int quantized) => (float)((quantized * Scale) + Minimum);
}
