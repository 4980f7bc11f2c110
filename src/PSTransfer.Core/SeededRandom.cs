namespace PSTransfer.Core;

/// <summary>Random numbers that depend on a seed and on their purpose, never on the order in which things happen.</summary>
public static class SeededRandom
{
    /// <summary>
    /// Returns a separate generator for each combination of seed and stream numbers (an epoch, an image). SplitMix64's finaliser (Steele,
    /// Lea and Flood 2014) mixes the numbers, so that neighbours don't resemble each other.
    /// </summary>
    public static Random For(int seed, params ReadOnlySpan<int> stream)
    {
        var state = Mix((uint)seed);
        foreach (var number in stream)
        {
            state = Mix(state ^ (uint)number);
        }

        return new Random((int)(state >> 33));
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
