using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
using PSTransfer.Core.Files;
using PSTransfer.Core.Freezing;
using PSTransfer.Core.Layers;
using PSTransfer.Core.Models;
using PSTransfer.Core.Tests.Data;
using PSTransfer.Core.Tests.Freezing;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Features;
using TorchSharp;
using Xunit;

namespace PSTransfer.Core.Tests.Training.Features;

public sealed class FeatureCacheTests : IDisposable
{
    private static readonly TrainingOptions _options = new() { Epochs = 3, BatchSize = 16, Optimizer = OptimizerKind.Adam, LearningRate = 0.01 };
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
    [InlineData(FreezeMode.Inference, "training: 40 images as far as head.pool, 99.9 % of the network, 0.0 MiB in memory; validation: 24 images as far as head.pool")]
    [InlineData(FreezeMode.Legacy, "training: 40 images as far as conv1, 66.6 % of the network, 0.0 MiB in memory; validation: 24 images as far as head.pool")]
    [InlineData(FreezeMode.Drifting, "training: 40 images as far as conv1, 66.6 % of the network, 0.0 MiB in memory; validation: 24 images as far as conv1")]
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
        var result = new Trainer(network, _options, preparing: (what, _) => told.Add(what)).Fit(_many, Images.Make(150), Token);
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
            return [.. new Trainer(network, _options with { FeatureCache = cache }, epochDone: _ =>
            {
                if (sabotage)
                {
                    using var noGradient = torch.no_grad();
                    using var zero = 0.ToScalar();
                    network.State.First().Value.fill_(zero);
                }
            }).Fit(_images, null, Token).History.Select(epoch => epoch.Loss)];
        }
    }

    [Fact]
    public void AugmentedImagesAreNotCachedButValidationIs()
    {
        using var network = Network(FreezeMode.Inference);
        var result = new Trainer(network, _options with { Augmentation = new Augmentation(true, 0, 0) }).Fit(_images, _unseen, Token);
        Assert.StartsWith("training: nothing (-Augmentation without -CachedDraws gives each epoch other images); validation: 24 images", result.FeatureCache, StringComparison.Ordinal);
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
        Assert.Equal(mode != FreezeMode.None, cached.Result.FeatureCache.StartsWith("training: 2 draws of 300 images", StringComparison.Ordinal));
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

        static void AssertSame((TransferNetwork Network, TrainingResult Result) expected, (TransferNetwork Network, TrainingResult Result) actual)
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
        Assert.Equal("nothing (less than one pass over the images)", new Trainer(network, _options with { Epochs = 2, StepsPerEpoch = 1 }).Fit(_images, null, Token).FeatureCache);
    }

    [Fact]
    public void AFolderKeepsThemForTheNextRun()
    {
        var first = Run();
        var second = Run();
        Assert.Contains($"in {Files().Single()}", first.Result.FeatureCache, StringComparison.Ordinal);
        Assert.Contains($"found in {Files().Single()}", second.Result.FeatureCache, StringComparison.Ordinal);
        Assert.Equal(first.Loss, second.Loss);
        Assert.Empty(second.Warnings);
    }

    [Fact]
    public void OtherImagesWeightsOrPreprocessingHaveAFileOfTheirOwn()
    {
        Run();
        Run(images: Images.Make(20, seed: 9));
        Run(change: network => network.SetPixels(network.Pixels with { Preprocessing = Preprocessing.None }, areFixed: false));
        Run(change: network => Nudge(network, "conv2.weight"));
        Run(change: network => Nudge(network, "bn2.running_mean"));
        Run(change: network => network.BatchNorms.First().Epsilon *= 2);
        Assert.Equal(6, Files().Length);
        Run(change: network => Nudge(network, "head.logits.weight")); // behind the cut
        Assert.Equal(6, Files().Length);
    }

    [Theory]
    [InlineData(0)]     // the title
    [InlineData(50)]    // the key
    [InlineData(-100)]  // a feature
    [InlineData(-1)]    // the checksum
    public void AChangedBitIsNoticedAndMended(int place)
    {
        var before = Run();
        var bytes = File.ReadAllBytes(Files().Single());
        bytes[place < 0 ? bytes.Length + place : place] ^= 1;
        File.WriteAllBytes(Files().Single(), bytes);

        var after = Run();
        var warning = Assert.Single(after.Warnings);
        Assert.StartsWith(Files().Single(), warning, StringComparison.Ordinal);
        Assert.Equal(before.Loss, after.Loss);
        Assert.Empty(Run().Warnings);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    [InlineData(500)]
    public void AFileCutShortIsNoticedAndMended(int length)
    {
        var before = Run();
        using (var file = File.OpenWrite(Files().Single()))
        {
            file.SetLength(length);
        }

        var after = Run();
        Assert.Contains("instead of", Assert.Single(after.Warnings), StringComparison.Ordinal);
        Assert.Equal(before.Loss, after.Loss);
    }

    [Fact]
    public void WhatDoesNotFitIntoMemoryGoesToATemporaryFileOrNowhere()
    {
        using var network = Network(FreezeMode.Inference);
        var images = network.Bind(_images);
        var prefix = FixedPrefix.Of(network, isTraining: true)!;
        List<string> warnings = [];
        using var inMemory = Make(new FeatureCachePlan(Folder: null));
        using var inFile = Make(new FeatureCachePlan(Folder: null) { MemoryBytes = 0 });
        int[] rows = [39, 0, 7, 7];
        using var expected = inMemory!.Read(rows, epoch: 1);
        using var actual = inFile!.Read(rows, epoch: 1);
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
        Assert.Contains("in a temporary file", inFile.Description, StringComparison.Ordinal);
        Assert.Empty(warnings);

        Assert.Null(Make(new FeatureCachePlan(Folder: null) { MemoryBytes = 0, TemporaryFolder = _folder.Path, FreeDiskBytes = _ => 1 << 10 }));
        var asked = $"The features of made as far as head.pool are computed at each epoch instead of once: {_folder.Path}: ";
        Assert.Equal($"{asked}0.0 MiB are needed there, and of the 0.0 MiB that are free only half is taken. -FeatureCache takes a folder on another disk.", warnings[0]);
        Assert.Null(Make(new FeatureCachePlan(Folder: null) { MemoryBytes = 0, TemporaryFolder = Path.Combine(_folder.Path, "gone") }));
        Assert.Contains("gone: the folder of temporary files doesn't exist; create it (TMPDIR names it, on Windows TEMP). -FeatureCache takes", warnings[1], StringComparison.Ordinal);
        Assert.Null(Make(new FeatureCachePlan(Folder: null) { MemoryBytes = 0, FreeDiskBytes = _ => throw new DriveNotFoundException() }));
        Assert.Equal(3, warnings.Count);

        FeatureCache? Make(FeatureCachePlan plan) => FeatureCache.Make(network, prefix, images, draws: null, plan, null, warnings.Add, Token);
    }

    /// <summary>A disk that fills while the features are written: as at the largest size that ulimit -f allows.</summary>
    [Fact]
    public void ATemporaryFileThatCannotBeWrittenIsToldAndLeavesNothing()
    {
        var error = Assert.Throws<PSTransferException>(() => FileFeatures.WriteTemporary(_folder.Path, Full(), new FeatureShape(1, 1, 1), torch.CPU));
        Assert.Equal(FaultKind.WriteFailed, error.Kind);
        Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
        Assert.Empty(Files());

        static IEnumerable<torch.Tensor> Full()
        {
            yield return torch.zeros(1, 1);
            throw new IOException("No space left on device", 28);
        }
    }

    /// <summary>Whatever keeps a folder from holding features is told by one error, before anything changes.</summary>
    [Theory]
    [InlineData("file", "it is a file")]
    [InlineData("file/below", "file is a file")]
    [InlineData("na\0me", "it is not a valid path")]
    [InlineData("long", "too long")]
    [InlineData("/proc/features", "/proc/features can't be written")]
    public void AFolderThatCannotBeUsedRefusesTheRun(string name, string what)
    {
        Assert.SkipWhen(name[0] == '/' && !OperatingSystem.IsLinux(), "needs a folder that even root can't write to");
        _folder.Write("file", [1]);
        using var network = Network(FreezeMode.Inference);
        var error = Assert.Throws<PSTransferException>(() =>
            new Trainer(network, _options with { FeatureCache = Path.Combine(_folder.Path, name == "long" ? new string('x', 300) : name) }).Fit(_images, null, Token));
        Assert.Equal(FaultKind.WriteFailed, error.Kind);
        Assert.StartsWith("-FeatureCache: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Empty(network.Classes);
        Assert.Single(Files());
    }

    [Fact]
    public void WhatKilledRunsLeftInTheFolderIsRemoved()
    {
        File.SetLastWriteTimeUtc(_folder.Write(".pstransfer-old.tmp", [1]), DateTime.UtcNow.AddHours(-2));
        Run();
        Assert.EndsWith(".features", Assert.Single(Files()), StringComparison.Ordinal);
    }

    /// <summary>What can't be written when it is computed, as on a disk that is full by then, doesn't end a run.</summary>
    [Fact]
    public void FeaturesThatTheFolderCannotTakeAreKeptElsewhere()
    {
        var before = Run();
        var name = Files().Single();
        File.Delete(name);
        Directory.CreateDirectory(name);
        var after = Run();
        Assert.Equal($"-FeatureCache: {name} can't be written: it is a folder; give the path of a file. The features are kept as with Auto.", Assert.Single(after.Warnings));
        Assert.EndsWith("in memory", after.Result.FeatureCache, StringComparison.Ordinal);
        Assert.Equal(before.Loss, after.Loss);
    }

    /// <summary>
    /// As on Windows: two runs compute the same features at once, and the first has its file open when the second is done.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FeaturesThatAnotherRunHasWrittenMeanwhileAreTaken(bool areRight)
    {
        var alone = Run();
        File.Delete(Files().Single());
        var before = FileMove.Current;
        FileMove.Current = new FileMove
        {
            KeepsOpenFiles = true,
            Try = (from, to, _) =>
            {
                File.WriteAllBytes(to, areRight ? File.ReadAllBytes(from) : [1, 2, 3]);
                throw new IOException("used by another process", unchecked((int)0x80070020));
            },
            Wait = _ => { },
        };
        try
        {
            var after = Run();
            Assert.Equal(alone.Loss, after.Loss);
            Assert.Contains(areRight ? $"found in {Files().Single()}" : "in memory", after.Result.FeatureCache, StringComparison.Ordinal);
            Assert.Equal(
                areRight ? [] : [$"-FeatureCache: {Files().Single()} can't be written: another program has the file open; close that program or choose another path. The features are kept as with Auto."],
                after.Warnings);
        }
        finally
        {
            FileMove.Current = before;
        }
    }

    [Fact]
    public void TheFreeSpaceOfAFolderIsItsDisks()
    {
        var free = new FeatureCachePlan(Folder: null).FreeDiskBytes;
        Assert.True(free(_folder.Path) > 0);
        Assert.True(free(_folder.Path + Path.DirectorySeparatorChar) > 0);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void AReadOnlyFolderServesWhatItHas()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "folders have no write permission to take away");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write everywhere");
        Run();
        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var (result, warnings, _) = Run();
            Assert.Contains("found in", result.FeatureCache, StringComparison.Ordinal);
            Assert.Empty(warnings);
            Assert.Contains("denied", Assert.Single(Run(images: _unseen).Warnings), StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void ReadingTheImagesForTheKeyIsToldAndCanBeStopped()
    {
        using var stop = new CancellationTokenSource();
        using var network = Network(FreezeMode.Inference);
        List<(string What, double Share)> told = [];
        Assert.Throws<OperationCanceledException>(() => new Trainer(network, _options with { FeatureCache = _folder.Path }, preparing: (what, share) =>
        {
            told.Add((what, share));
            stop.Cancel();
        }).Fit(_images, null, stop.Token));
        Assert.Equal([("content of made", 0)], told);
        Assert.Empty(Files());
    }

    public void Dispose() => _folder.Dispose();

    private string[] Files() => Directory.GetFiles(_folder.Path);

    private (TrainingResult Result, List<string> Warnings, double Loss) Run(LabeledImages? images = null, Action<TransferNetwork>? change = null)
    {
        using var network = Network(FreezeMode.Inference);
        change?.Invoke(network);
        var warnings = new List<string>();
        var result = new Trainer(network, _options with { FeatureCache = _folder.Path }, warn: warnings.Add).Fit(images ?? _images, null, Token);
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
