namespace PSTransfer.Core.Tests.Training;

/// <summary>The same seed gives the same bits: order, augmentation, dropout and start, whatever else happens in the process.</summary>
public sealed class ReproducibilityTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void TheSameSeedGivesTheSameBits()
    {
        var first = Train(seed: 1);
        torch.manual_seed(1234);
        Bits.AssertEqual(first, Train(seed: 1));
    }

    [Fact]
    public void AnotherSeedGivesOthers() => Assert.NotEmpty(Bits.Differences(Train(seed: 1), Train(seed: 2)));

    [Fact]
    public void TwoRunsAtOnceGiveTheSameBitsAsAlone()
    {
        var alone = new[] { Train(seed: 1), Train(seed: 2) };
        var together = new Dictionary<string, byte[]>[2];
        var threads = new[] { 0, 1 }.Select(i => new Thread(() => together[i] = Train(seed: i + 1))).ToList();

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Bits.AssertEqual(alone[0], together[0]);
        Bits.AssertEqual(alone[1], together[1]);
    }

    [Fact]
    public void EverySourceOfChanceFollowsTheSeed()
    {
        // Each of them alone makes two seeds differ.
        var plain = new TrainingOptions { Epochs = 1, BatchSize = 40, LearningRate = 0.1 };
        AssertDiffer(plain with { BatchSize = 16 }, dropout: 0);
        AssertDiffer(plain, dropout: 0.5);
        AssertDiffer(plain with { Augmentation = new Augmentation(true, 0, 0) }, dropout: 0);

        static void AssertDiffer(TrainingOptions options, double dropout) =>
            Assert.NotEmpty(Bits.Differences(Train(options with { Seed = 1 }, dropout), Train(options with { Seed = 2 }, dropout)));
    }

    private static Dictionary<string, byte[]> Train(int seed) => Train(
        new TrainingOptions
        {
            Epochs = 3, BatchSize = 16, Optimizer = OptimizerKind.Adam, Seed = seed, Augmentation = new Augmentation(true, 15, 2)
        },
        dropout: 0.5);

    private static Dictionary<string, byte[]> Train(TrainingOptions options, double dropout)
    {
        using var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale, dropout: dropout);
        new Trainer(network, options).Fit(Images.Make(20), null, Token);
        return Bits.Of(network);
    }
}
