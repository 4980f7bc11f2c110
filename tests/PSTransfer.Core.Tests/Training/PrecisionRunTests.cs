namespace PSTransfer.Core.Tests.Training;

public sealed class PrecisionRunTests
{
    private const string Missing = "This processor has no bfloat16 arithmetic.";

    private static readonly TrainingOptions _options = new() { Epochs = 4, BatchSize = 16, LearningRate = 0.05, Momentum = 0.9 };

    [Theory]
    [InlineData(FreezeMode.None)]
    [InlineData(FreezeMode.Legacy)]
    [InlineData(FreezeMode.LiveBatchNorm)]
    public void ABFloat16RunLearnsWhatAFloat32RunLearns(FreezeMode mode)
    {
        Assert.SkipUnless(BFloat16Arithmetic.OnCpu, Missing);
        var (exact, history) = Train(_options, mode);
        var (rounded, own) = Train(_options with { Precision = Precision.BFloat16 }, mode);

        Assert.NotEmpty(Bits.Differences(exact, rounded));
        Assert.All(history.Zip(own), pair => Assert.InRange(pair.Second.Loss, pair.First.Loss * 0.9, pair.First.Loss * 1.1));
        Assert.InRange(own[^1].Loss, 0, own[0].Loss * 0.9);
    }

    [Fact]
    public void ItIsRepeatedAndResumedToTheSameBits()
    {
        Assert.SkipUnless(BFloat16Arithmetic.OnCpu, Missing);
        using var folder = new TempFolder();
        var options = _options with { Precision = Precision.BFloat16, CheckpointPath = folder.File("run.checkpoint") };
        var (whole, _) = Train(options, FreezeMode.None);
        Bits.AssertEqual(whole, Train(options, FreezeMode.None).State);

        Train(options with { Epochs = 2 }, FreezeMode.None);
        Bits.AssertEqual(whole, Train(options with { Resume = true }, FreezeMode.None).State);

        var refused = Assert.Throws<PSTransferException>(() =>
            Train(options with { Resume = true, Precision = Precision.Float32 }, FreezeMode.None));
        Assert.Contains("Precision", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AProcessorWithoutItIsRefused()
    {
        Assert.SkipWhen(BFloat16Arithmetic.OnCpu, "This processor has bfloat16 arithmetic.");
        var refused = Assert.Throws<PSTransferException>(() => Train(_options with { Precision = Precision.BFloat16 }, FreezeMode.None));
        Assert.Contains("-Precision Float32", refused.Message, StringComparison.Ordinal);
    }

    private static (Dictionary<string, byte[]> State, IReadOnlyList<EpochRecord> History) Train(TrainingOptions options, FreezeMode mode)
    {
        using var scope = torch.NewDisposeScope();
        using var network = SmallNetwork.Create(classes: 2);
        new FreezePlan { Mode = mode }.Apply(network);
        var history =
            new Trainer(network, options).Fit(Images.Make(20), Images.Make(8, seed: 9), TestContext.Current.CancellationToken).History;
        return (Bits.Of(network), history);
    }
}
