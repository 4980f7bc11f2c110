namespace PSTransfer.Core.Tests.Evaluation.Features;

public sealed partial class FeatureCacheTests : IDisposable
{
    private static readonly TrainingOptions _options = new()
    {
        Epochs = 3, BatchSize = 16, Optimizer = OptimizerKind.Adam, LearningRate = 0.01
    };
    private static readonly LabeledImages _images = Images.Make(20);

    /// <summary>More than a cache computes at once.</summary>
    private static readonly LabeledImages _many = Images.Make(150);

    private static readonly LabeledImages _unseen = Images.Make(12, seed: 8);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<FreezeMode, int?, double> Runs { get; } = new(
        from mode in Enum.GetValues<FreezeMode>()
        from first in new int?[] { null, 4 }
        from dropout in new[] { 0, 0.5 }
        select (mode, first, dropout));

    [Theory]
    [MemberData(nameof(Runs))]
    public void ACachedRunIsTheUncachedOne(FreezeMode mode, int? first, double dropout)
    {
        using var cached = Network(mode, first, dropout);
        using var plain = Network(mode, first, dropout);
        var withCache = new Trainer(cached, _options).Fit(_images, _unseen, Token);
        var without = new Trainer(plain, _options with { FeatureCache = "Off" }).Fit(_images, _unseen, Token);

        Assert.Equal("nothing (-FeatureCache Off)", without.FeatureCache);
        AssertClose(plain, cached);
        foreach (var (expected, actual) in without.History.Zip(withCache.History))
        {
            Assert.Equal(expected.Loss, actual.Loss, 1e-5);
            Assert.Equal(expected.ValidationLoss!.Value, actual.ValidationLoss!.Value, 1e-5);
        }
    }

    [Theory]
    [InlineData(
        FreezeMode.Inference,
        "training: 40 images as far as head.pool, 99.9 % of the network, 0.0 MiB in memory; validation: 24 images as far as head.pool")]
    [InlineData(
        FreezeMode.Legacy,
        "training: 40 images as far as conv1, 66.6 % of the network, 0.0 MiB in memory; validation: 24 images as far as head.pool")]
    [InlineData(
        FreezeMode.Drifting,
        "training: 40 images as far as conv1, 66.6 % of the network, 0.0 MiB in memory; validation: 24 images as far as conv1")]
    [InlineData(FreezeMode.None, "nothing (less than a tenth of the network comes before what learns or normalises by the batch)")]
    public void TheResultSaysWhatWasKept(FreezeMode mode, string expected)
    {
        using var network = Network(mode);
        Assert.StartsWith(expected, new Trainer(network, _options).Fit(_images, _unseen, Token).FeatureCache, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainingAndValidationOnTheSameImagesShareOnePass()
    {
        using var network = Network(FreezeMode.Inference);
        var told = new List<string>();
        var result = new Trainer(network, _options, new Observing(preparing: (what, _) => told.Add(what))).Fit(
            _many, Images.Make(150), Token);
        Assert.StartsWith("training and validation: 300 images", result.FeatureCache, StringComparison.Ordinal);
        Assert.Equal(3, told.Count); // 300 images in batches of 256, and the end
    }

    /// <summary>The prefix doesn't run again: weights that change in it behind the run's back are seen by an uncached run only.</summary>
    [Fact]
    public void ThePrefixRunsOnce()
    {
        var sabotaged = Losses("Auto", sabotage: true);
        Assert.Equal(Losses("Auto", sabotage: false), sabotaged);
        Assert.NotEqual(Losses("Off", sabotage: false), Losses("Off", sabotage: true));

        List<double> Losses(string cache, bool sabotage)
        {
            using var network = Network(FreezeMode.Inference);
            return [.. new Trainer(network, _options with { FeatureCache = cache }, new Observing(epochDone: _ =>
            {
                if (sabotage)
                {
                    using var noGradient = torch.no_grad();
                    using var zero = 0.ToScalar();
                    network.State.First().Value.fill_(zero);
                }
            })).Fit(_images, null, Token).History.Select(epoch => epoch.Loss)];
        }
    }

    [Fact]
    public void AugmentedImagesAreNotCachedButValidationIs()
    {
        using var network = Network(FreezeMode.Inference);
        var result = new Trainer(network, _options with { Augmentation = new Augmentation(true, 0, 0) }).Fit(_images, _unseen, Token);
        Assert.StartsWith(
            "training: nothing (-Augmentation without -CachedDraws gives each epoch other images); validation: 24 images",
            result.FeatureCache,
            StringComparison.Ordinal);
    }

    /// <summary>
    /// Five epochs of two draws. In the modes that normalise by the batch only what comes before is cached, and in None nothing is: the
    /// draws are the same.
    /// </summary>
    [Theory]
    [InlineData(FreezeMode.Inference)]
    [InlineData(FreezeMode.Legacy)]
    [InlineData(FreezeMode.None)]
    public void CachedDrawsAreTheAugmentationsOfTheFirstEpochs(FreezeMode mode)
    {
        var options = _options with { Epochs = 5, Augmentation = Augmentation.Parse(["Standard", "Rotation"]), CachedDraws = 2 };
        var (cached, plain) = (Fit(options), Fit(options with { FeatureCache = "Off" }));
        Assert.Equal(mode == FreezeMode.None, cached.Result.FeatureCache.StartsWith("nothing", StringComparison.Ordinal));
        Assert.Equal(
            mode != FreezeMode.None, cached.Result.FeatureCache.StartsWith("training: 2 draws of 300 images", StringComparison.Ordinal));
        AssertSame(plain, cached);

        // As many epochs as draws are the run without draws; one more is not.
        AssertSame(Fit(options with { Epochs = 2, CachedDraws = null, FeatureCache = "Off" }), Fit(options with { Epochs = 2 }));
        var fresh = Fit(options with { CachedDraws = null }).Result.History.Select(epoch => epoch.Loss).ToList();
        var kept = cached.Result.History.Select(epoch => epoch.Loss).ToList();
        Assert.Equal(fresh[1], kept[1], 1e-5);
        Assert.NotEqual(fresh[2], kept[2], 1e-4);

        (TransferNetwork Network, TrainingResult Result) Fit(TrainingOptions chosen)
        {
            var network = Network(mode);
            return (network, new Trainer(network, chosen).Fit(_many, null, Token));
        }

        static void AssertSame(
            (TransferNetwork Network, TrainingResult Result) expected, (TransferNetwork Network, TrainingResult Result) actual)
        {
            AssertClose(expected.Network, actual.Network);
            foreach (var (x, y) in expected.Result.History.Zip(actual.Result.History))
            {
                Assert.Equal(x.Loss, y.Loss, 1e-5);
            }
        }
    }

    [Fact]
    public void DrawsThatARunDoesNotReachAreNotCachedAndOthersHaveAFileOfTheirOwn()
    {
        var options = _options with { Augmentation = Augmentation.Parse(["Light"]), FeatureCache = _folder.Path };
        Assert.Equal("nothing (fewer passes over the images than -CachedDraws)", Fit(options with { CachedDraws = 4 }));
        Fit(options with { CachedDraws = 2 });
        Assert.Contains("found in", Fit(options with { CachedDraws = 2 }), StringComparison.Ordinal);
        Assert.Single(Files());
        Fit(options with { CachedDraws = 3 });
        Fit(options with { CachedDraws = 2, Seed = 43 });
        Fit(options with { CachedDraws = 2, Augmentation = Augmentation.Parse(["Light", "Translation:0.2"]) });
        Fit(options with { Augmentation = null });
        Assert.Equal(5, Files().Length);

        string Fit(TrainingOptions chosen)
        {
            using var network = Network(FreezeMode.Inference);
            return new Trainer(network, chosen).Fit(_images, null, Token).FeatureCache;
        }
    }

    [Fact]
    public void ARunOfLessThanAPassIsNotCached()
    {
        using var network = Network(FreezeMode.Inference);
        Assert.Equal(
            "nothing (less than one pass over the images)",
            new Trainer(network, _options with { Epochs = 2, StepsPerEpoch = 1 }).Fit(_images, null, Token).FeatureCache);
    }

    [Fact]
    public void ReadingTheImagesForTheKeyIsToldAndCanBeStopped()
    {
        using var stop = new CancellationTokenSource();
        using var network = Network(FreezeMode.Inference);
        List<(string What, double Share)> told = [];
        Assert.Throws<OperationCanceledException>(() =>
            new Trainer(network, _options with { FeatureCache = _folder.Path }, new Observing(preparing: (what, share) =>
            {
                told.Add((what, share));
                stop.Cancel();
            })).Fit(_images, null, stop.Token));
        Assert.Equal([("content of made", 0)], told);
        Assert.Empty(Files());
    }

    public void Dispose() => _folder.Dispose();

    private string[] Files() => Directory.GetFiles(_folder.Path);

    private (TrainingResult Result, List<string> Warnings, double Loss) Run(
        LabeledImages? images = null, Action<TransferNetwork>? change = null)
    {
        using var network = Network(FreezeMode.Inference);
        change?.Invoke(network);
        var warnings = new List<string>();
        var result = new Trainer(network, _options with { FeatureCache = _folder.Path }, new Observing(warned: warnings.Add)).Fit(
            images ?? _images, null, Token);
        return (result, warnings, result.History[^1].Loss);
    }

    private static TransferNetwork Network(FreezeMode mode, int? first = null, double dropout = 0)
    {
        var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale, dropout: dropout);
        SmallNetwork.AdaptStatistics(network, _unseen);
        new FreezePlan { Mode = mode, First = first }.Apply(network);
        return network;
    }

    private static void Nudge(TransferNetwork network, string name)
    {
        using var noGradient = torch.no_grad();
        using var little = 0.01.ToScalar();
        using var one = 1.ToScalar();
        network.State.Single(tensor => tensor.Key == name).Value.add_(little, one);
    }

    private static void AssertClose(TransferNetwork expected, TransferNetwork actual)
    {
        foreach (var (a, b) in expected.State.Zip(actual.State))
        {
            foreach (var (x, y) in a.Value.data<float>().ToArray().Zip(b.Value.data<float>().ToArray()))
            {
                Assert.Equal(x, y, 1e-4 * Math.Max(1, Math.Abs(x)));
            }
        }
    }
}
