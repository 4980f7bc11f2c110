namespace PSTransfer.Core.Tests.Diagnosis.Drift;

public sealed class BatchNormDriftTestTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<DriftAttribution> Attributions => [.. Enum.GetValues<DriftAttribution>()];

    [Theory]
    [InlineData(7)]
    [InlineData(80)]
    public void StatisticsAreThoseOfTheInferencePhasesActivations(int batchSize)
    {
        using var network = Trained();
        var data = Images.Make(40, contrast: 16);
        var statistics = new ActivationStatistics(network, data, Order(data.Count), batchSize);
        var found = statistics.OnePass(null, Token);

        // What enters bn2 is conv2's output, all images at once.
        foreach (var (layer, before, actual) in statistics.Layers.Zip(["conv1", "conv2"], found))
        {
            using var activations = Activations(network, before);
            var (mean, variance) = PooledMomentsTests.Direct(activations);
            for (var c = 0; c < layer.Channels; c++)
            {
                Assert.Equal(mean[c], actual.Mean[c], 1e-6 * Math.Sqrt(variance[c]));
                Assert.Equal(variance[c], actual.Variance[c], 1e-6 * variance[c]);
            }
        }
    }

    [Fact]
    public void StatisticsDoNotDependOnTheMode()
    {
        using var network = Trained();
        var rows = Measure(network);
        foreach (var mode in Enum.GetValues<FreezeMode>())
        {
            new FreezePlan { Mode = mode }.Apply(network);
            Assert.Equal(rows, Measure(network));
        }
    }

    [Fact]
    public void RowsComeInTheOrderOfExecutionWithTheirPlaceInTheTable()
    {
        // A shortcut's BatchNorm is listed last in its block, as in torchvision's Bottleneck.
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet50"), new(32, 32, 3), seed: 1);
        var rows = new BatchNormDriftTest(network).Run(Images.Make(1, size: 32), token: Token);
        var table = network.Describe();
        Assert.Equal(53, rows.Count);
        Assert.Equal(Enumerable.Range(1, 53), rows.Select(row => row.Depth));
        Assert.All(
            rows,
            row =>
                Assert.Equal(
                    (row.Name, row.Channels, (double?)null),
                    (table[row.Index].Name, network.BatchNorms.Single(norm => norm.Name == row.Name).Channels, row.AccuracyIfSwapped)));
        Assert.Equal("bn1", rows[0].Name);
        Assert.Equal("layer4.2.bn3", rows[^1].Name);
    }

    [Theory]
    [MemberData(nameof(Attributions))]
    public void NothingInTheModelChanges(DriftAttribution attribution)
    {
        using var network = Trained();
        var before = Bits.Of(network);
        var layers = network.Describe();
        var rows = Measure(network, attribution);
        Bits.AssertEqual(before, Bits.Of(network));
        Assert.Equal(layers, network.Describe());
        Assert.All(rows, row => Assert.Equal(attribution != DriftAttribution.None, row.AccuracyIfSwapped is not null));
    }

    [Fact]
    public void AttributionSwapsALayerAPrefixOrASuffix()
    {
        using var network = Trained();
        var layer = Measure(network, DriftAttribution.Layer);
        var prefix = Measure(network, DriftAttribution.Prefix);
        var suffix = Measure(network, DriftAttribution.Suffix);

        // The same by repairs of those layers on copies.
        Assert.Equal([Repaired(network, "bn1"), Repaired(network, "bn2")], layer.Select(row => row.AccuracyIfSwapped!.Value));
        Assert.Equal([Repaired(network, "bn1"), Repaired(network, "bn*")], prefix.Select(row => row.AccuracyIfSwapped!.Value));
        Assert.Equal([Repaired(network, "bn*"), Repaired(network, "bn2")], suffix.Select(row => row.AccuracyIfSwapped!.Value));
        Assert.True(prefix[^1].AccuracyIfSwapped > Accuracy(network) + 0.2, "the trap isn't there, so the swap shows nothing");
    }

    [Fact]
    public void AModelWithoutBatchNormHasNoRows()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("vgg16"), new(32, 32, 3), seed: 1);
        Assert.Empty(new BatchNormDriftTest(network).Run(Images.Make(1, size: 32), token: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void OneValuePerChannelIsRefused()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet18"), new(32, 32, 3), seed: 1);
        var fault = Assert.Throws<PSTransferException>(() =>
            new BatchNormDriftTest(network).Run(Images.Make(1, classes: 1, size: 32), token: Token));
        Assert.Equal("Dataset", fault.Target);
        Assert.Contains("1×1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ActivationsThatAreNotFiniteAreRefusedByTheFirstLayerTheyReach()
    {
        using var network = Trained();
        Break(network, "conv2");
        var fault = Assert.Throws<PSTransferException>(() => Measure(network));
        Assert.Equal((FaultKind.Diverged, "bn2"), (fault.Kind, fault.Target));
    }

    internal static int[] Order(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>A network with the statistics of other images, whose head was trained under Legacy: the trap.</summary>
    internal static TransferNetwork Trained()
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale);
        SmallNetwork.AdaptStatistics(network, Images.Make(perClass: 40, brightness: 30, contrast: 16));
        new FreezePlan { Mode = FreezeMode.Legacy }.Apply(network);
        new Trainer(network, new TrainingOptions { Epochs = 10, BatchSize = 16, Optimizer = OptimizerKind.Adam, LearningRate = 0.05 }).Fit(
            Images.Make(40, contrast: 16), null, Token);
        return network;
    }

    internal static double Accuracy(TransferNetwork network) =>
        ModelMeasurement.Make(network, Images.Make(40, contrast: 16), LearningPhase.Inference, 32, 1, Token).Accuracy;

    internal static void Break(TransferNetwork network, string layer)
    {
        using var _ = torch.no_grad();
        using var nan = float.NaN.ToScalar();
        network.State.First(pair => pair.Key == $"{layer}.weight").Value.fill_(nan);
    }

    private static IReadOnlyList<BatchNormDrift> Measure(TransferNetwork network, DriftAttribution attribution = DriftAttribution.None) =>
        new BatchNormDriftTest(network) { Attribution = attribution }.Run(Images.Make(40, contrast: 16), token: Token);

    private static double Repaired(TransferNetwork network, string pattern)
    {
        using var copy = network.Clone();
        new BatchNormRepair(copy) { LayerPatterns = [pattern] }.Run(Images.Make(40, contrast: 16), token: Token);
        return Accuracy(copy);
    }

    private static torch.Tensor Activations(TransferNetwork network, string layer)
    {
        using var _ = torch.no_grad();
        var data = Images.Make(40, contrast: 16);
        using var batch = new Core.Data.Batches.BatchLoader(data, data.Count, torch.CPU).Read(Order(data.Count), Token).Single();
        return network.Features(batch.Input, ForwardPass.Inference, network.Backbone.Layers.Single(l => l.Name == layer));
    }
}
