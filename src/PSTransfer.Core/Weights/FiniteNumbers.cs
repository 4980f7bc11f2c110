using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PSTransfer.Core.Weights;

/// <summary>Looks for NaN and infinity.</summary>
internal static class FiniteNumbers
{
    /// <summary>
    /// True if all numbers are finite. x·0 is NaN for NaN and infinity and 0 otherwise, so the sum of all x·0 is 0 exactly when all are
    /// finite.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool All(ReadOnlySpan<float> numbers)
    {
        var sums = Vector<float>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(numbers);
        foreach (var vector in vectors)
        {
            sums += vector * 0f;
        }

        var sum = Vector.Sum(sums);
        foreach (var number in numbers[(vectors.Length * Vector<float>.Count)..])
        {
            sum += number * 0f;
        }

        return sum == 0;
    }
}
