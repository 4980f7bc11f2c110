namespace PSTransfer.Core.Tests.Data.Sets;

public class SampleChoiceTests
{
    [Fact]
    public void MoreSamplesThanThereAreNamesTheClassAndItsCount()
    {
        var error = Assert.Throws<PSTransferException>(() =>
            SampleChoice.Make(["a", "b"], [0, 0, 1], new() { SamplesPerClass = 2 }, "set"));
        Assert.Equal("set: class 'b' has 1 image, fewer than -SamplesPerClass 2.", error.Message);
    }

    [Fact]
    public void AClassAskedForThatHasNoImageIsAnError() =>
        Assert.Contains(
            "no image of class 'b'",
            Assert.Throws<PSTransferException>(() => SampleChoice.Make(["a", "b"], [0], new() { Classes = ["b"] }, "set")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void EveryImageIsAsLikelyToBeDrawn()
    {
        var drawn = new int[10];
        for (var seed = 0; seed < 2000; seed++)
        {
            foreach (var record in SampleChoice.Make(["a"], new int[10], new() { SamplesPerClass = 3, Seed = seed }, "set").Records)
            {
                drawn[record]++;
            }
        }

        // 600 expected of each, with a standard deviation of 20.
        Assert.All(drawn, count => Assert.InRange(count, 500, 700));
    }
}
