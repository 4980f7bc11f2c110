using PSTransfer.Core.Evaluation.Features;

namespace PSTransfer.Core.Tests.Evaluation.Features;

/// <summary>Features in a folder, in a temporary file, and where there is no room.</summary>
public sealed partial class FeatureCacheTests
{
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

        Assert.Null(
            Make(new FeatureCachePlan(Folder: null) { MemoryBytes = 0, TemporaryFolder = _folder.Path, FreeDiskBytes = _ => 1 << 10 }));
        var asked = $"The features of made as far as head.pool are computed at each epoch instead of once: {_folder.Path}: ";
        Assert.Equal(
            $"{asked}0.0 MiB are needed there, and of the 0.0 MiB that are free only half is taken. -FeatureCache takes a folder on "
            + "another disk.",
            warnings[0]);
        Assert.Null(Make(new FeatureCachePlan(Folder: null) { MemoryBytes = 0, TemporaryFolder = Path.Combine(_folder.Path, "gone") }));
        Assert.Contains(
            "gone: the folder of temporary files doesn't exist; create it (TMPDIR names it, on Windows TEMP). -FeatureCache takes",
            warnings[1],
            StringComparison.Ordinal);
        Assert.Null(Make(new FeatureCachePlan(Folder: null) { MemoryBytes = 0, FreeDiskBytes = _ => throw new DriveNotFoundException() }));
        Assert.Equal(3, warnings.Count);

        FeatureCache? Make(FeatureCachePlan plan) =>
            FeatureCache.Make(network, prefix, images, draws: null, plan, null, warnings.Add, Token);
    }

    /// <summary>A disk that fills while the features are written: as at the largest size that ulimit -f allows.</summary>
    [Fact]
    public void ATemporaryFileThatCannotBeWrittenIsToldAndLeavesNothing()
    {
        var error = Assert.Throws<PSTransferException>(() =>
            FileFeatures.WriteTemporary(_folder.Path, Full(), new FeatureShape(1, 1, 1), torch.CPU));
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
            new Trainer(
                network, _options with { FeatureCache = Path.Combine(_folder.Path, name == "long" ? new string('x', 300) : name) }).Fit(
                _images, null, Token));
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
        Assert.Equal(
            $"-FeatureCache: {name} can't be written: it is a folder; give the path of a file. The features are kept as with Auto.",
            Assert.Single(after.Warnings));
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
                areRight
                    ? []
                    : [
                        $"-FeatureCache: {Files().Single()} can't be written: another program has the file open; close that program or "
                        + "choose another path. The features are kept as with Auto."
                    ],
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
}
