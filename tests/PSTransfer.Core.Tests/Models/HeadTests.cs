namespace PSTransfer.Core.Tests.Models;

public sealed class HeadTests
{
    [Theory]
    [InlineData(2_000_000_000, new int[0], "-ClassCount is too large: a head of ")]
    [InlineData(2, new[] { 2_000_000_000, 2_000_000_000 }, "-HiddenUnits is too large: a head of ")]
    public void AHeadLargerThanTheMemoryIsRefusedBeforeItIsMade(int classes, int[] hidden, string message)
    {
        using var network = SmallModelFile.Network();

        var fault = Assert.Throws<PSTransferException>(() =>
            network.SetHead(new Head { ClassCount = classes, HiddenUnits = hidden }, seed: 1));

        Assert.Equal(FaultKind.InvalidArgument, fault.Kind);
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
        Assert.Contains("2,000,000,000", fault.Message, StringComparison.Ordinal);
        Assert.NotNull(network.HeadGraph);
    }
}
