using PSTransfer.Core.Data;
using Xunit;
using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data;

public class ImageFolderReaderTests
{
    private static readonly byte[] Image = File.ReadAllBytes(ImageFixture.PathOf("decode/color.png"));

    [Fact]
    public void ClassesAreSubfoldersInOrdinalOrderAndNestedImagesBelongToThem()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "dog/b.PNG", "dog/a.png", "Zebra/1.png", "cat/2/[1].png", "cat/z.png", "cat/notes.txt", ".git/x/1.png", "cat/._z.png" })
        {
            folder.Write(name, Image);
        }

        var data = Import(folder.Path);
        Assert.Equal(["Zebra", "cat", "dog"], data.Classes);
        Assert.Equal([1, 2, 2], data.ClassCounts);
        Assert.Equal([0, 1, 1, 2, 2], Labels(data));
        Assert.Equal(
            ["Zebra/1.png", "cat/z.png", "cat/2/[1].png", "dog/a.png", "dog/b.PNG"],
            Enumerable.Range(0, 5).Select(i => Path.GetRelativePath(folder.Path, data.PathOf(i)!).Replace('\\', '/')));
        Assert.Null(data.Shape);
        Assert.Empty(data.Warnings);
        Assert.Equal(FaultKind.InvalidOperation, Assert.Throws<PSTransferException>(() => data.Read(0, new byte[10])).Kind);
    }

    [Fact]
    public void ImagesAreReadInTheSizeAskedFor()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        Assert.Equal(ImageFixture.Load("decode/color.png").Rgb, Pixels(Import(folder.Path, new() { ImageSize = [22, 30] }), 0));
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
            var error = Assert.Throws<PSTransferException>(() => Pixels(data, index));
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
    public void ImagesOfTypesThatCantBeReadAreReported()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        folder.Write("a/2.gif", Image);
        Assert.Contains("1 images of types that can't be read", Assert.Single(Import(folder.Path).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsLeftOutIsNamedByItsFirstInOrder()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Image);
        folder.Write("a/3.gif", Image);
        var first = folder.Write("a/2.tif", Image);
        folder.Write("a/0/1.gif", Image);
        Assert.EndsWith($"the first of them {first}.", Assert.Single(Import(folder.Path).Warnings), StringComparison.Ordinal);
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
        Assert.All(Enumerable.Range(0, names.Length), i => Pixels(data, i));
    }

    [Fact]
    public void AnEmptyFolderAndOneOfImagesOnlySayWhatIsExpected()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("expected one subfolder per class", Fails(folder.Path).Message, StringComparison.Ordinal);
        folder.Write("1.png", Image);
        Assert.Contains("found no subfolder and 1 images", Fails(folder.Path).Message, StringComparison.Ordinal);
        folder.Write("a/1.txt", Image);
        folder.Write("b/1.png", Image);
        Assert.Contains("class 'a' has no image", Fails(folder.Path).Message, StringComparison.Ordinal);
        Assert.Equal(["b"], Import(folder.Path, new() { Classes = ["b"] }).Classes);
    }

    [Fact]
    public void ALinkThatLeadsBackIsRefusedAndAnyOtherFollowed()
    {
        using var folder = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        elsewhere.Write("1.png", Image);
        folder.Write("a/2.png", Image);
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "b"), elsewhere.Path);
        Assert.Equal([1, 1], Import(folder.Path).ClassCounts);
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "a", "loop"), folder.Path);
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
        Assert.Contains("-Format", Fails(folder.Write("what.xyz", Image)).Message, StringComparison.Ordinal);
        Assert.Contains("found a file", Fails(folder.Write("one.png", Image), new() { Format = DatasetFormat.ImageFolder }).Message, StringComparison.Ordinal);
    }
}
