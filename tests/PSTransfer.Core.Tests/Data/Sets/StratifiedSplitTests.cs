using CsCheck;

namespace PSTransfer.Core.Tests.Data.Sets;

public class StratifiedSplitTests
{
    [Fact]
    public void SharesAreByLargestRemainder()
    {
        // 0.3 of 5, 4 and 3 is 1.5, 1.2 and 0.9, of 12 it is 3.6, so 4: one each and the fourth to the largest rest.
        Assert.Equal([2, 1, 1], Counts([5, 4, 3], 0.3));
        Assert.Equal([20, 20], Counts([100, 100], 0.2));
        Assert.Equal([0, 5], Counts([1, 9], 0.5));
    }

    [Fact]
    public void EverySplitIsCompleteExactAndStratified()
    {
        var cases = Gen.Select(Gen.Int[0, 40].Array[1, 6], Gen.Double[0.01, 0.99], Gen.Int);
        var split = 0;
        cases.Sample(
            (sizes, validation, seed) =>
            {
                var labels = Labels(sizes);
                (int[] Training, int[] Validation) parts;
                try
                {
                    parts = StratifiedSplit.Make(labels, Names(sizes), validation, seed);
                }
                catch (PSTransferException error)
                {
                    Assert.Equal("Validation", error.Target);
                    return;
                }

                Interlocked.Increment(ref split);
                Assert.Equal(Enumerable.Range(0, labels.Length), parts.Training.Concat(parts.Validation).Order());
                Assert.Equal((int)Math.Round(labels.Length * validation, MidpointRounding.AwayFromZero), parts.Validation.Length);
                for (var label = 0; label < sizes.Length; label++)
                {
                    var share = parts.Validation.Count(image => labels[image] == label);
                    Assert.InRange(share, sizes[label] >= 2 ? 1 : 0, Math.Max(sizes[label] - 1, 0));
                }
            },
            iter: 500,
            seed: "0000KOIPe036");
        Assert.True(split > 200);
    }

    [Fact]
    public void TheSameSeedSplitsTheSameWayAndAnotherDoesNot()
    {
        var (labels, names) = (Labels([50, 50]), Names([50, 50]));
        Assert.Equal(StratifiedSplit.Make(labels, names, 0.2, 1).Validation, StratifiedSplit.Make(labels, names, 0.2, 1).Validation);
        Assert.NotEqual(StratifiedSplit.Make(labels, names, 0.2, 1).Validation, StratifiedSplit.Make(labels, names, 0.2, 2).Validation);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(0.05)]
    [InlineData(0.95)]
    public void AShareThatCantBeReachedIsAnErrorThatSaysWhatCan(double validation)
    {
        var error = Assert.Throws<PSTransferException>(() => StratifiedSplit.Make(Labels([5, 5]), Names([5, 5]), validation, 1));
        Assert.Equal((FaultKind.InvalidArgument, "Validation"), (error.Kind, error.Target));
        Assert.Contains("-Validation", error.Message, StringComparison.Ordinal);
    }

    private static int[] Counts(int[] sizes, double validation)
    {
        var labels = Labels(sizes);
        var chosen = StratifiedSplit.Make(labels, Names(sizes), validation, 42).Validation;
        return [.. sizes.Select((_, label) => chosen.Count(image => labels[image] == label))];
    }

    private static int[] Labels(int[] sizes) => [.. sizes.SelectMany((size, label) => Enumerable.Repeat(label, size))];

    private static string[] Names(int[] sizes) => [.. sizes.Select((_, label) => $"{label}")];
}
