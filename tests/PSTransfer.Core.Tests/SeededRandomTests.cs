namespace PSTransfer.Core.Tests;

public class SeededRandomTests
{
    [Fact]
    public void TheSameSeedAndStreamGiveTheSameNumbersAndAnyOtherDoesNot()
    {
        static int First(int seed, params int[] stream) => SeededRandom.For(seed, stream).Next();
        Assert.Equal(First(42, 1, 2), First(42, 1, 2));
        int[] others = [First(42, 2, 1), First(43, 1, 2), First(42, 1), First(42, 1, 2, 0), First(42), First(-42, 1, 2), First(42, -1, 2)];
        Assert.DoesNotContain(First(42, 1, 2), others);
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    [Fact]
    public void NeighbouringStreamsAreIndependent()
    {
        var first = Enumerable.Range(0, 4000).Select(image => SeededRandom.For(1, 0, image).NextDouble()).ToArray();
        Assert.InRange(first.Average(), 0.48, 0.52);
        var together = first.Zip(first.Skip(1), (one, next) => (one - 0.5) * (next - 0.5)).Average() * 12;
        Assert.InRange(together, -0.05, 0.05);
    }
}
