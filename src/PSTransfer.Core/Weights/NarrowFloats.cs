using System.Runtime.InteropServices;

namespace PSTransfer.Core.Weights;

/// <summary>
/// Reads numbers of two bytes, which float32 holds exactly. They are read into the second half of the floats' memory and widened from the
/// start on. No number is overwritten before its turn, and no other memory is needed.
/// </summary>
internal static class NarrowFloats
{
    /// <summary>The part of the memory into which the narrow numbers are read.</summary>
    public static Span<byte> Place(Span<float> numbers) => MemoryMarshal.AsBytes(numbers)[(numbers.Length * sizeof(ushort))..];

    /// <summary>Widens float16 numbers that were read into their <see cref="Place"/>.</summary>
    public static void WidenHalf(Span<float> numbers)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(Place(numbers));
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)halves[i];
        }
    }

    /// <summary>
    /// Widens bfloat16 numbers that were read into their <see cref="Place"/>. Each is the upper half of a float32 of the same value.
    /// </summary>
    public static void WidenBrain(Span<float> numbers)
    {
        var bits = MemoryMarshal.Cast<byte, ushort>(Place(numbers));
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
        }
    }
}
