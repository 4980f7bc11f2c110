using PSTransfer.Core.Native.Installing;

namespace PSTransfer.Core.Tests.Native.Installing;

public sealed class LibTorchInstallerTests : IDisposable
{
    private readonly InstallFixture _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void AFolderThatIsAFeedWillDo()
    {
        _it.Publish();
        _it.Configure(_it.Feed);

        _it.AssertWhole(_it.Install());

        Assert.Equal(["Fetching", "Unpacking"], _it.Steps.Distinct());
    }

    [Fact]
    public void TheFirstFeedThatHasItIsTaken()
    {
        _it.Publish();
        _it.Configure(Directory.CreateDirectory(Path.Combine(_it.Folder, "empty")).FullName, "http://127.0.0.1:1/index.json", _it.Feed);

        _it.AssertWhole(_it.Install());
    }

    [Fact]
    public void WhatWillBeFetchedIsSaidBefore()
    {
        _it.Configure(_it.Feed);

        var text = _it.Installer.Prepare(null).Text;

        Assert.Equal(
            $"Install libtorch 2.10.0 for {Platform.Current}: fetch {_it.Package.Id} 2.10.0 (0 MB) from the NuGet feeds of this machine "
            + "(feed0) and unpack it (0 MB on disk)",
            text);
        _it.AssertNothing();
    }

    [Fact]
    public void EachPlatformsPackageIsPinned()
    {
        foreach (var (system, architecture, megabytes) in new[]
        {
            ("linux", "x64", 128), ("win", "x64", 79), ("win", "arm64", 41), ("osx", "arm64", 56)
        })
        {
            var platform = new Platform(system, architecture, false);
            var package = LibTorchPackage.Of(platform);
            Assert.Equal(megabytes, package.Bytes / 1_000_000);
            Assert.Equal(128, package.Sha512.Length);
            Assert.All(
                new[] { "torch_cpu", "torch", "c10" },
                library => Assert.Contains(platform.FileName(library), package.Files.Select(file => file.Name)));
            Assert.All(package.Files, file => Assert.DoesNotMatch("python|stubs|shm", file.Name));
        }
    }

    [Fact]
    public void ThePinnedLibrariesAreThoseOfTheBuild()
    {
        foreach (var file in LibTorchPackage.Of(Platform.Current).Files)
        {
            Assert.Equal(file.Bytes, new FileInfo(Path.Combine(LibTorch.OwnFolder, file.Name)).Length);
        }
    }

    [Fact]
    public void APlatformWithoutLibtorchIsAnError() => Assert.StartsWith(
        "There is no libtorch for linux-arm64:",
        Assert.Throws<PSTransferException>(() => LibTorchPackage.Of(new Platform("linux", "arm64", false))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void WhatIsInstalledStays()
    {
        _it.Publish();
        _it.Configure(_it.Feed);
        var first = _it.Install();
        File.Delete(_it.PackageFile);

        Assert.Equal(first, _it.Install());
    }

    [Fact]
    public void ForceReplacesIt()
    {
        _it.Publish();
        _it.Configure(_it.Feed);
        File.Delete(Path.Combine(_it.Install().Path, "build-version"));
        Assert.Null(_it.Installer.Installed); // not whole: replaced without -Force
        _it.AssertWhole(_it.Install());
        File.WriteAllText(Path.Combine(_it.Installer.Target, "other.so"), "other");

        _it.AssertWhole(_it.Install(force: true));
    }

    [Fact]
    public void AnotherBuildIsReplacedWithForceOnly()
    {
        _it.Publish();
        _it.Configure(_it.Feed);
        File.WriteAllText(Path.Combine(_it.Install().Path, "build-version"), "2.10.0+cu128\n");

        var error = Assert.Throws<PSTransferException>(() => _it.Install());

        Assert.Equal(FaultKind.AlreadyExists, error.Kind);
        Assert.EndsWith(
            "holds another build of libtorch 2.10.0 (cu128, not cpu). Use -Force to replace it.", error.Message, StringComparison.Ordinal);
        _it.AssertWhole(_it.Install(force: true));
    }

    [Fact]
    public void AFailureLeavesWhatIsInstalled()
    {
        _it.Publish();
        _it.Configure(_it.Feed);
        var installed = _it.Install();
        File.WriteAllBytes(_it.PackageFile, [1, 2, 3]);

        Assert.Throws<PSTransferException>(() => _it.Install(force: true));

        _it.AssertWhole(installed);
    }

    [Fact]
    public void ThePackageAsAFileWillDo()
    {
        _it.Publish();

        _it.AssertWhole(_it.Install(_it.PackageFile));
    }

    [Fact]
    public void AFolderWithTheLibrariesWillDo() => _it.AssertWhole(_it.Install(_it.Unpacked()));

    [Fact]
    public void APackageOfAnotherHashIsRefused()
    {
        _it.Bytes[_it.Bytes.Length / 2] ^= 1;
        _it.Publish();
        _it.Configure(_it.Feed);

        Assert.Contains(
            $"is not the package {_it.Package.Id} 2.10.0 that PSTransfer was made for: its SHA-512 is ",
            _it.Fails(FaultKind.InvalidData).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            $"but expected {_it.Package.Sha512[..16]}...",
            _it.Fails(FaultKind.InvalidData, _it.PackageFile).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AHalfPackageIsRefused()
    {
        File.WriteAllBytes(_it.PackageFile, _it.Bytes[..1000]);

        Assert.Contains(
            $"it has 1,000 bytes, but expected {_it.Bytes.Length:N0}",
            _it.Fails(FaultKind.InvalidData, _it.PackageFile).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AHalfFolderIsRefused()
    {
        var folder = _it.Unpacked();
        var cut = Path.Combine(folder, Platform.Current.FileName("torch"));
        File.WriteAllBytes(cut, InstallFixture.Content("torch")[..100]);
        Assert.StartsWith(
            $"{cut}: this is not the library of {_it.Package.Id} 2.10.0: it has 100 bytes",
            _it.Fails(FaultKind.InvalidData, folder).Message,
            StringComparison.Ordinal);

        File.Delete(cut);
        Assert.StartsWith(
            $"{cut} is missing: was the folder copied whole?", _it.Fails(FaultKind.InvalidData, folder).Message, StringComparison.Ordinal);

        File.Delete(Path.Combine(folder, Platform.Current.FileName("torch_cpu")));
        Assert.StartsWith(
            $"{folder}: the folder has no {Platform.Current.FileName("torch_cpu")}",
            _it.Fails(FaultKind.InvalidData, folder).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void APathThatIsNotThereIsNamed() =>
        Assert.StartsWith(
            $"{_it.Folder}/none doesn't exist: expected the file {_it.Package.FileName} or a folder",
            _it.Fails(FaultKind.NotFound, _it.Folder + "/none").Message,
            StringComparison.Ordinal);

    [Fact]
    public void AFullDiskIsSaidBeforeAnythingIsFetched()
    {
        _it.Publish();
        _it.Configure(_it.Feed);
        _it.Room = 1_000_000;
        _it.Package = _it.Package with { Bytes = 5_000_000 };

        Assert.StartsWith(
            $"{_it.Store}: libtorch needs 5 MB there while it is installed, and the disk has 1 MB free.",
            _it.Fails(FaultKind.WriteFailed).Message,
            StringComparison.Ordinal);
        Assert.Empty(_it.Steps);
    }

    [Fact]
    public void WritingThatFailsInTheMiddleLeavesTheDownloadAndNothingElse()
    {
        _it.Publish();
        _it.Configure(_it.Feed);
        _it.OnStep = step =>
        {
            if (step == "Unpacking")
            {
                File.WriteAllText(
                    Path.Combine(Directory.GetDirectories(_it.Store, ".pstransfer-*").Single(), Platform.Current.FileName("c10")),
                    "in the way");
            }
        };

        Assert.Contains("can't be written: ", _it.Fails(FaultKind.WriteFailed).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_it.Store, _it.Package.FileName)));

        File.Delete(_it.PackageFile); // the second try needs no feed
        _it.OnStep = null;
        _it.AssertWhole(_it.Install());
    }

    [Fact]
    public void WhatIsStoppedGoesOnLater()
    {
        _it.Publish();
        using var stop = new CancellationTokenSource();
        var installer = _it.Installer;

        Assert.Throws<OperationCanceledException>(() =>
            installer.Install(installer.Prepare(_it.PackageFile), false, (_, _, _) => stop.Cancel(), stop.Token));

        _it.AssertNothing();
        _it.AssertWhole(_it.Install(_it.PackageFile));
    }

    [Fact]
    public void ASecondOneWaitsForTheFirst()
    {
        _it.Publish();
        _it.Configure(_it.Feed);
        Directory.CreateDirectory(_it.Store);
        var held = FileLock.Take(Path.Combine(_it.Store, "install"), _ => "");
        var looks = 0;
        _it.OnStep = step =>
        {
            if (step.StartsWith("Waiting", StringComparison.Ordinal) && ++looks == 3)
            {
                held.Dispose();
            }
        };

        _it.AssertWhole(_it.Install());
        Assert.Equal(3, looks);
    }

    [Fact]
    public void ManyAtOnceEndWithOneWholeFolder()
    {
        _it.Publish();
        _it.Configure(_it.Feed);
        _it.Patience = _it.Patience with { Wait = (_, _) => Thread.Sleep(1) };

        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, at =>
        {
            var installer = _it.Installer;
            installer.Install(installer.Prepare(null), force: at % 2 == 0, null, TestContext.Current.CancellationToken);
        });

        _it.AssertWhole(_it.Installer.Installed!);
    }

    [Fact]
    public void WhatAKilledProcessLeftIsSwept()
    {
        _it.Publish();
        Directory.CreateDirectory(Path.Combine(_it.Store, ".pstransfer-left", "below"));

        _it.AssertWhole(_it.Install(_it.PackageFile));
    }

    [Fact]
    public void UninstallTakesTheOtherVersions()
    {
        _it.Publish();
        var installed = _it.Install(_it.PackageFile);
        var old = Directory.CreateDirectory(Path.Combine(_it.Store, $"2.7.1-{Platform.Current}")).FullName;
        var foreign = Directory.CreateDirectory(Path.Combine(_it.Store, "notes")).FullName;
        var oldPart = Path.Combine(_it.Store, "libtorch-cpu-win-x64.2.7.1.nupkg.part");
        var part = Path.Combine(_it.Store, _it.Package.FileName + ".part.etag");
        File.WriteAllText(oldPart, "a part");
        File.WriteAllText(part, "a tag");

        Assert.Equal([old, oldPart], _it.Installer.Removable(all: false));
        Assert.Equal([installed.Path, old, part, oldPart], _it.Installer.Removable(all: true));

        foreach (var path in _it.Installer.Removable(all: true))
        {
            _it.Installer.Uninstall(path, TestContext.Current.CancellationToken);
        }

        Assert.Equal([foreign], Directory.GetFileSystemEntries(_it.Store));
    }
}
