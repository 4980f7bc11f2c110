using System.Runtime.InteropServices;

namespace PSTransfer.Core.Weights;

/// <summary>
/// Numbers of two bytes, which float32 holds exactly. They are read into the end of the floats' memory and widened from its start on:
/// none is overwritten before its turn, and no other memory is needed.
/// </summary>
internal static class NarrowFloats
{
    /// <summary>Where to read them.</summary>
    public static Span<byte> Place(Span<float> numbers) => MemoryMarshal.AsBytes(numbers)[(numbers.Length * sizeof(ushort))..];

    /// <summary>Widens float16 that lie in their <see cref="Place"/>.</summary>
    public static void WidenHalf(Span<float> numbers)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(Place(numbers));
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)halves[i];
        }
    }

    /// <summary>Widens bfloat16 that lie in their <see cref="Place"/>: the upper halves of the float32 of the same value.</summary>
    public static void WidenBrain(Span<float> numbers)
    {
        var bits = MemoryMarshal.Cast<byte, ushort>(Place(numbers));
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
        }
    }
}
