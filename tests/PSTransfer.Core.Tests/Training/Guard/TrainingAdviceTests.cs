using PSTransfer.Core.Training.Guard;

namespace PSTransfer.Core.Tests.Training.Guard;

public sealed class TrainingAdviceTests
{
    [Theory]
    [InlineData(FreezeMode.None, false)]
    [InlineData(FreezeMode.Inference, false)]
    [InlineData(FreezeMode.Legacy, true)]
    [InlineData(FreezeMode.Drifting, true)]
    [InlineData(FreezeMode.LiveBatchNorm, false)]
    [InlineData(FreezeMode.Statistics, false)]
    public void TheTrapIsToldOnceAndOnlyWhereItIs(FreezeMode mode, bool told)
    {
        using var network = SmallNetwork.Create(classes: 2);
        new FreezePlan { Mode = mode }.Apply(network);
        var warnings = new List<string>();

        new Trainer(network, new TrainingOptions { Epochs = 30, BatchSize = 8 }, new Observing(warned: warnings.Add)).Fit(
            Images.Make(8), null, TestContext.Current.CancellationToken);

        if (!told)
        {
            Assert.Empty(warnings);
            return;
        }

        var warning = Assert.Single(warnings);
        Assert.StartsWith($"2 frozen BatchNorm layers (mode {mode}) will normalise by the mini-batch", warning, StringComparison.Ordinal);
        Assert.Contains("Set-FreezeMode Inference avoids it", warning, StringComparison.Ordinal);
        Assert.Equal(mode == FreezeMode.Drifting, warning.Contains("drift", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(229, true)]  // 0.99^229 = 0.1001
    [InlineData(230, false)] // 0.99^230 = 0.0991
    public void StatisticsThatKeepMoreThanATenthOfTheOldAreTold(int updates, bool told)
    {
        using var network = SmallNetwork.Create(BackboneFamily.Keras, classes: 2);

        var warnings = Give(network, new TrainingOptions { Epochs = updates }, images: 32, steps: 1);

        Assert.Equal(told, warnings.Count == 1);
        Assert.All(warnings, warning => Assert.Contains("-BatchNormMomentum to 0.98 or less", warning, StringComparison.Ordinal));
    }

    [Fact]
    public void TheMomentumThatIsAdvisedSuffices()
    {
        using var network = SmallNetwork.Create(BackboneFamily.Keras, classes: 2);
        Assert.Single(
            Give(network, new TrainingOptions { Epochs = 10 }, images: 32, steps: 1),
            warning => warning.Contains("to 0.79 or less", StringComparison.Ordinal));
        Assert.Empty(Give(network, new TrainingOptions { Epochs = 10, BatchNormMomentum = 0.79 }, images: 32, steps: 1));
        Assert.All(network.BatchNorms, norm => Assert.Equal(0.01, norm.Momentum, 12));
        new Trainer(network, new TrainingOptions { BatchNormMomentum = 0.79 }).Fit(
            Images.Make(8), null, TestContext.Current.CancellationToken);
        Assert.All(network.BatchNorms, norm => Assert.Equal(0.21, norm.Momentum, 12));
    }

    [Theory]
    [InlineData(FreezeMode.Inference)]
    [InlineData(FreezeMode.Statistics)]
    [InlineData(FreezeMode.Legacy)]
    public void StatisticsThatDoNotMoveNeedNoTime(FreezeMode mode)
    {
        using var network = SmallNetwork.Create(BackboneFamily.Keras, classes: 2);
        new FreezePlan { Mode = mode }.Apply(network);
        Assert.DoesNotContain(
            Give(network, new TrainingOptions(), images: 32, steps: 1),
            warning => warning.Contains("moving statistics of bn", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 4, 0)]  // 4 images of 1×1
    [InlineData(1, 3, 1)]
    [InlineData(1, 2, 1)]
    [InlineData(3, 1, 0)]  // 1 image, 2×2 after the stride
    public void FewValuesPerChannelAreTold(int size, int lastBatch, int warnings)
    {
        using var network = SmallNetwork.Create(classes: 2, size: size);
        var told = Give(network, new TrainingOptions { BatchSize = 8, BatchNormMomentum = 0 }, images: 16 + lastBatch, steps: 3);
        Assert.Equal(warnings, told.Count);
        Assert.All(
            told,
            warning =>
                Assert.StartsWith(
                    $"The smallest batch ({lastBatch} of {16 + lastBatch} images) gives bn", warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FreezeMode.None, true)]
    [InlineData(FreezeMode.Legacy, true)]
    [InlineData(FreezeMode.Inference, false)]
    [InlineData(FreezeMode.Statistics, false)]
    public void OneValuePerChannelIsRefusedWhereBatchStatisticsAreTaken(FreezeMode mode, bool refused)
    {
        using var network = SmallNetwork.Create(classes: 2, size: 1);
        new FreezePlan { Mode = mode }.Apply(network);
        var error = Record.Exception(() => BatchStatisticsCheck.Require(network, images: 33, batchSize: 32));
        Assert.Equal(refused, error is PSTransferException { Kind: FaultKind.InvalidArgument, Target: "BatchSize" });
    }

    [Fact]
    public void EveryFindingNamesTheLayersItIsAbout()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new(8, 8, 3), seed: 1);
        new FreezePlan { Mode = FreezeMode.Drifting }.Apply(network);

        var findings = TrainingAdvice.Before(network, new TrainingOptions { BatchNormMomentum = 0.99 }, images: 34, stepsPerEpoch: 2);

        Assert.Equal(2, findings.Count);
        Assert.All(findings, finding => Assert.Equal("bn1", finding.Layer));
        Assert.All(
            findings, finding => Assert.Contains("bn1, layer1.0.bn1, layer1.0.bn2 and 18 more", finding.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, "bn1")]
    [InlineData(2, "bn1 and layer1.0.bn1")]
    [InlineData(3, "bn1, layer1.0.bn1 and layer1.0.bn2")]
    [InlineData(4, "bn1, layer1.0.bn1, layer1.0.bn2 and 1 more")]
    public void AFewLayersAreNamedInFull(int count, string names)
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new(8, 8, 3), seed: 1);
        Assert.Equal(names, Finding.Names([.. network.BatchNorms.Take(count)]));
    }

    private static List<string> Give(TransferNetwork network, TrainingOptions options, int images, int steps) =>
        [.. TrainingAdvice.Before(network, options, images, steps).Select(finding => finding.Message)];
}
