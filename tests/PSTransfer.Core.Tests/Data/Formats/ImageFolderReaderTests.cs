using PSTransfer.Core.Data.Formats;
using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data.Formats;

public class ImageFolderReaderTests
{
    private static readonly byte[] Text = "no picture"u8.ToArray();
    private static readonly byte[] Heic = [0, 0, 0, 24, .. "ftypheic\0\0\0\0mif1heic"u8];
    private static readonly byte[] Image = File.ReadAllBytes(ImageFixture.PathOf("decode/color.png"));

    [Fact]
    public void ClassesAreSubfoldersInOrdinalOrderAndNestedImagesBelongToThem()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "dog/b.PNG", "dog/a.png", "Zebra/1.png", "cat/2/[1].png", "cat/z.png" })
        {
            folder.Write(name, Image);
        }

        folder.Write("cat/notes.txt", Text);

        var data = Import(folder.Path);
        Assert.Equal(["Zebra", "cat", "dog"], data.Classes);
        Assert.Equal([1, 2, 2], data.ClassCounts);
        Assert.Equal([0, 1, 1, 2, 2], Labels(data));
        Assert.Equal(
            ["Zebra/1.png", "cat/z.png", "cat/2/[1].png", "dog/a.png", "dog/b.PNG"],
            Enumerable.Range(0, 5).Select(i => Path.GetRelativePath(folder.Path, data.PathOf(i)!).Replace('\\', '/')));
        Assert.Null(data.Shape);
        Assert.Empty(data.Warnings);
        Assert.Contains("1 file is no picture and was passed over: cat", Assert.Single(data.Notes), StringComparison.Ordinal);
        Assert.Equal(FaultKind.InvalidOperation, Assert.Throws<PSTransferException>(() => data.Read(0, new byte[10])).Kind);
    }

    [Fact]
    public void ImagesAreReadInTheSizeAskedFor()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        Assert.Equal(ImageFixture.Load("decode/color.png").Rgb, PixelsOf(Import(folder.Path, new() { ImageSize = [22, 30] }), 0));
        Assert.Equal(new ImageShape(8, 8, 1), Import(folder.Path, new() { ImageSize = [8], Channels = 1 }).Shape);
    }

    [Fact]
    public void ABrokenImageIsAnErrorWhenItIsReadAndLeftOutWithAWarningOnRequest()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        var broken = folder.Write("a/2.png", Image[..500]);
        var empty = folder.Write("a/3.png", []);
        folder.Write("b/1.png", Image);
        var data = Import(folder.Path, new() { ImageSize = [8] });
        Assert.Equal(4, data.Count);
        foreach (var (index, path) in new[] { (1, broken), (2, empty) })
        {
            var error = Assert.Throws<PSTransferException>(() => PixelsOf(data, index));
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            Assert.Contains("-SkipInvalid", error.Message, StringComparison.Ordinal);
        }

        var sound = Import(folder.Path, new() { ImageSize = [8], SkipInvalid = true });
        Assert.Equal([1, 1], sound.ClassCounts);
        Assert.Equal(2, sound.SkippedCount);
        var warning = Assert.Single(sound.Warnings);
        Assert.Contains("2 broken images were skipped, 2 were taken", warning, StringComparison.Ordinal);
        Assert.Contains(broken, warning, StringComparison.Ordinal);
        Assert.Contains(empty, warning, StringComparison.Ordinal);
        Assert.Equal(2, sound.Subset([0], "part").SkippedCount);
    }

    [Fact]
    public void SamplesAreDrawnFromTheImagesThatCanBeRead()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image[..500]);
        folder.Write("a/2.png", Image);
        folder.Write("a/3.png", Image);
        var data = Import(folder.Path, new() { SamplesPerClass = 1, First = true, SkipInvalid = true });
        Assert.EndsWith("2.png", data.PathOf(0), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsAPictureIsToldByItsContentWhereItsNameDoesNot()
    {
        using var folder = new TemporaryFolder();
        var jpeg = File.ReadAllBytes(ImageFixture.PathOf("decode/color.jpg"));
        foreach (var name in new[] { "1.jfif", "2.pjpeg", "3.JPE", "4", "5.heic", "6.dat" })
        {
            folder.Write($"a/{name}", jpeg);
        }

        var data = Import(folder.Path, new() { ImageSize = [8] });
        Assert.Equal(6, data.Count);
        Assert.Empty(data.Warnings);
        Assert.All(Enumerable.Range(0, data.Count), i => PixelsOf(data, i));
    }

    [Fact]
    public void PicturesThatCantBeReadAreCountedByKindAndTheFirstAreNamedInOrder()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        foreach (var name in new[] { "a/6.nef", "a/5.heic", "a/2.hif", "a/3.HEIC", "a/0/1.dat" })
        {
            folder.Write(name, name.EndsWith("nef", StringComparison.Ordinal) ? [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0] : Heic);
        }

        var data = Import(folder.Path);
        Assert.Equal(1, data.Count);
        var warning = Assert.Single(data.Warnings);
        Assert.Contains("5 pictures were left out", warning, StringComparison.Ordinal);
        Assert.Contains("HEIC (4), RAW (1)", warning, StringComparison.Ordinal);
        Assert.Contains(
            $"{Path.Combine("a", "2.hif")}, {Path.Combine("a", "3.HEIC")}, {Path.Combine("a", "5.heic")} and 2 more",
            warning,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("@eaDir/1.png/SYNOPHOTO_THUMB_M.png")]
    [InlineData("__MACOSX/1.png")]
    [InlineData("$RECYCLE.BIN/1.png")]
    [InlineData("System Volume Information/1.png")]
    [InlineData("lost+found/1.png")]
    [InlineData(".ipynb_checkpoints/1.png")]
    [InlineData("Thumbs.db/1.png")]
    [InlineData("#recycle/1.png")]
    [InlineData(".Trash/1.png")]
    [InlineData(".@__thumb/1.png")]
    public void ThumbnailsAndWasteBasketsAreNeitherClassesNorInThemAndAreTold(string litter)
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "cat/1.png", "dog/1.png", litter, "cat/" + litter, "dog/deep/" + litter, "dog/deep/2.png" })
        {
            folder.Write(name, Image);
        }

        var data = Import(folder.Path);
        Assert.Equal(["cat", "dog"], data.Classes);
        Assert.Equal([1, 2], data.ClassCounts);
        Assert.Contains(
            $"3 pictures in 3 folders '{litter[..litter.IndexOf('/', StringComparison.Ordinal)]}'",
            Assert.Single(data.Warnings),
            StringComparison.Ordinal);
        Assert.Equal(["cat", "dog"], ClassFolders.Of(folder.Path));
    }

    [Fact]
    public void CopiesThatToolsKeepAreToldAndNotRead()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[]
        {
            "1.png", "._1.png", "1.png_original", "1.png~", "2.jpg.part", "3.THM", ".DS_Store", "Thumbs.db", "desktop.ini"
        })
        {
            folder.Write($"a/{name}", Image);
        }

        var data = Import(folder.Path);
        Assert.Equal(1, data.Count);
        Assert.Contains(
            "1 file '*.part', 1 file '*.thm', 1 file '*_original', 1 file '*~', 1 file '._*'",
            Assert.Single(data.Warnings),
            StringComparison.Ordinal);
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void PicturesBesideTheClassFoldersAreTold()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        folder.Write("2.png", Image);
        Assert.Contains("1 picture lies beside the class folders", Assert.Single(Import(folder.Path).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void CheckingFindsAllThatIsBrokenAtOnce()
    {
        using var folder = new TemporaryFolder();
        string[] broken = [.. Enumerable.Range(0, 7).Select(i => folder.Write($"{(i < 4 ? "a" : "b")}/{i}.png", Image[..500]))];
        folder.Write("a/9.png", Image);
        folder.Write("b/9.png", Image);
        List<double> shares = [];
        var error = Assert.Throws<PSTransferException>(() =>
            LabeledImages.Import(folder.Path, new() { CheckImages = true }, (_, share) => shares.Add(share), CancellationToken.None));
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.Equal(broken, error.Targets);
        Assert.Contains("7 files can't be read", error.Message, StringComparison.Ordinal);
        Assert.Contains(broken[4], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(broken[5], error.Message, StringComparison.Ordinal);
        Assert.Contains("and 2 more", error.Message, StringComparison.Ordinal);
        Assert.Contains("-SkipInvalid", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, shares[^1]);
        Assert.Equal([1, 1], Import(folder.Path, new() { CheckImages = true, SkipInvalid = true }).ClassCounts);
    }

    [Fact]
    public void CheckingStopsWhenItIsCancelled()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => LabeledImages.Import(folder.Path, new() { CheckImages = true }, stop.Token));
    }

    [Fact]
    public void AFileThatGoesAwayComesWithTheAdvice()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a/1.png", Image);
        var data = Import(folder.Path, new() { ImageSize = [8] });
        File.Delete(path);
        var error = Assert.Throws<PSTransferException>(() => PixelsOf(data, 0));
        Assert.Equal(FaultKind.NotFound, error.Kind);
        Assert.Contains("-SkipInvalid", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LinksThatLeadNowhereAreToldAtImport()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        var dangling = Path.Combine(folder.Path, "a", "2.png");
        SymbolicLink.ToFile(dangling, Path.Combine(folder.Path, "nowhere.png"));
        SymbolicLink.ToFile(Path.Combine(folder.Path, "a", "3.png"), Path.Combine(folder.Path, "a", "1.png"));
        var error = Fails(folder.Path);
        Assert.Contains($"1 file can't be read. {dangling}: the link leads nowhere.", error.Message, StringComparison.Ordinal);
        Assert.Equal([dangling], error.Targets!);
        var lost = Path.Combine(folder.Path, "b");
        SymbolicLink.ToFolder(lost, Path.Combine(folder.Path, "unmounted"));
        Assert.Equal([lost, dangling], Fails(folder.Path).Targets!);
        var sound = Import(folder.Path, new() { SkipInvalid = true });
        Assert.Equal((2, 2), (sound.Count, sound.SkippedCount));
        Assert.Contains("the link leads nowhere", Assert.Single(sound.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void ANameThatIsNotUtf8IsToldAtImport()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), "Names are UTF-16 or UTF-8 there.");
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        var start = new System.Diagnostics.ProcessStartInfo(
            "/bin/sh",
            ["-c", "cp 1.png \"$(printf 'caf\\351.png')\"; mkdir \"$(printf '\\351')\""])
            {
                WorkingDirectory = Path.Combine(folder.Path, "a")
            };
        System.Diagnostics.Process.Start(start)!.WaitForExit();
        var error = Fails(folder.Path);
        Assert.Contains("2 files can't be read", error.Message, StringComparison.Ordinal);
        Assert.Contains("isn't UTF-8", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, Import(folder.Path, new() { SkipInvalid = true }).Count);
        System.Diagnostics.Process.Start("/bin/rm", ["-r", folder.Path + "/a"]).WaitForExit();
    }

    [Fact]
    public void ANamedPipeIsRefusedAndNotWaitedFor()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes with a path in a folder.");
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        var pipe = Path.Combine(folder.Path, "a", "pipe");
        System.Diagnostics.Process.Start("mkfifo", [pipe]).WaitForExit();
        Assert.Contains($"{pipe}: expected a regular file, found a named pipe", Fails(folder.Path).Message, StringComparison.Ordinal);
        File.Move(pipe, pipe + ".png");
        Assert.Contains("a named pipe", Fails(folder.Path, new() { CheckImages = true }).Message, StringComparison.Ordinal);
        Assert.Equal(1, Import(folder.Path, new() { SkipInvalid = true }).Count);
    }

    [Fact]
    public void AFolderThatMayNotBeReadIsTold()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Root may read everything.");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        var closed = Path.GetDirectoryName(folder.Write("a/closed/2.png", Image))!;
        File.SetUnixFileMode(closed, UnixFileMode.None);
        try
        {
            Assert.Contains($"{closed}: the folder can't be read", Fails(folder.Path).Message, StringComparison.Ordinal);
            Assert.Equal(1, Import(folder.Path, new() { SkipInvalid = true }).Count);
        }
        finally
        {
            File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void NamesOutsideOfAsciiAreReadAndSortedOrdinally()
    {
        using var folder = new TemporaryFolder();
        string[] names = ["Ä.png", "a.png", "z.png", "ä.png", "犬.png", "😀.png", "ﬀ.png"];
        foreach (var name in names.Reverse())
        {
            folder.Write($"ñ/{name}", Image);
        }

        var data = Import(folder.Path, new() { ImageSize = [8] });
        Assert.Equal(names.Order(StringComparer.Ordinal), Enumerable.Range(0, names.Length).Select(i => Path.GetFileName(data.PathOf(i))));
        Assert.All(Enumerable.Range(0, names.Length), i => PixelsOf(data, i));
    }

    [Fact]
    public void AnEmptyFolderAndOneOfImagesOnlySayWhatIsExpected()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("expected one subfolder per class", Fails(folder.Path).Message, StringComparison.Ordinal);
        folder.Write("1.png", Image);
        Assert.Contains("found no subfolder and 1 images", Fails(folder.Path).Message, StringComparison.Ordinal);
        folder.Write("a/1.txt", Text);
        folder.Write("b/1.png", Image);
        Assert.Contains("class 'a' has no image", Fails(folder.Path).Message, StringComparison.Ordinal);
        Assert.Contains("1 file that is no picture: " + Path.Combine("a", "1.txt"), Fails(folder.Path).Message, StringComparison.Ordinal);
        Assert.Equal(["b"], Import(folder.Path, new() { Classes = ["b"] }).Classes);
    }

    [Fact]
    public void ALinkThatLeadsBackIsRefusedAndAnyOtherFollowed()
    {
        using var folder = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        elsewhere.Write("1.png", Image);
        folder.Write("a/2.png", Image);
        SymbolicLink.ToFolder(Path.Combine(folder.Path, "b"), elsewhere.Path);
        Assert.Equal([1, 1], Import(folder.Path).ClassCounts);
        SymbolicLink.ToFolder(Path.Combine(folder.Path, "a", "loop"), folder.Path);
        Assert.Contains("leads back", Fails(folder.Path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PathsThatAreNoDataSetSayWhatTheyAre()
    {
        using var folder = new TemporaryFolder();
        var missing = Fails(Path.Combine(folder.Path, "nowhere"));
        Assert.Equal(FaultKind.NotFound, missing.Kind);
        Assert.Contains("nowhere", missing.Message, StringComparison.Ordinal);
        Assert.Contains("single image", Fails(folder.Write("one.png", Image)).Message, StringComparison.Ordinal);
        Assert.Contains("single image", Fails(folder.Write("one.xyz", Image)).Message, StringComparison.Ordinal);
        Assert.Contains("unpack it", Fails(folder.Write("pets.zip", "PK\u0003\u0004"u8.ToArray())).Message, StringComparison.Ordinal);
        Assert.Contains("-Format", Fails(folder.Write("what.xyz", Text)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "found a file",
            Fails(folder.Write("one.png", Image), new() { Format = DatasetFormat.ImageFolder }).Message,
            StringComparison.Ordinal);
    }
}
