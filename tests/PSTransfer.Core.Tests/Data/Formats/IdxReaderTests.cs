using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data.Formats;

public class IdxReaderTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ImagesAndLabelsAreReadPlainOrCompressed(bool compressed)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "train", IdxImages(3, 4, 5), IdxLabels(7, 2, 7), compressed);
        foreach (var place in new[] { path, folder.Path })
        {
            var data = Import(place);
            Assert.Equal(["2", "7"], data.Classes);
            Assert.Equal([0, 1, 1], Labels(data));
            Assert.Contains("the labels 2, 7 occur", Assert.Single(data.Warnings), StringComparison.Ordinal);
            Assert.Equal(new ImageShape(4, 5, 3), data.Shape);
            var grey = Enumerable.Range(0, 20).Select(i => (byte)(1 + i));
            Assert.Equal(grey.SelectMany(value => new[] { value, value, value }), PixelsOf(data, 0));
            Assert.Equal(grey, PixelsOf(Import(place, new() { Channels = 1 }), 0));
        }
    }

    [Fact]
    public void PadPutsSmallImagesIntoTheMiddleOfBlack()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "train", IdxImages(1, 2, 2), IdxLabels(0), false);
        var data = Import(path, new() { ImageSize = [4], Resize = ResizeRule.Pad, Channels = 1 });
        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 3, 0, 0, 0, 0, 0], PixelsOf(data, 0));
    }

    [Fact]
    public void NamesComeFromTheFileBesideOrFromAFashionablePath()
    {
        using var folder = new TemporaryFolder();
        var fashion = folder.Write("fashion-mnist/t10k-images-idx3-ubyte", IdxImages(2, 1, 1));
        folder.Write("fashion-mnist/t10k-labels-idx1-ubyte", IdxLabels(9, 7));
        Assert.Equal(["Sneaker", "Ankle boot"], Import(fashion, new() { Classes = ["sneaker", "9"] }).Classes);

        folder.Write("fashion-mnist/classes.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n"u8.ToArray());
        Assert.Equal(["h", "j"], Import(fashion, new() { Classes = ["7", "J"] }).Classes);

        folder.Write("fashion-mnist/classes.txt", "a\nb\n"u8.ToArray());
        Assert.Contains("each label from 0 to 9, a line each, found 2", Fails(fashion).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheLabelsThatOccurAreTheClassesWhereTheyHaveNoNames()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "letters", IdxImages(3, 1, 1), IdxLabels(1, 26, 1), false);
        Assert.Equal(["1", "26"], Import(path).Classes);
        Assert.Contains("no image of class '2'", Fails(path, new() { Classes = ["2"] }).Message, StringComparison.Ordinal);

        // All ten digits, as most sets have: nothing to tell.
        var digits = Import(Write(folder, "digits", IdxImages(10, 1, 1), IdxLabels([.. Enumerable.Range(0, 10)]), false));
        Assert.Equal(10, digits.Classes.Count);
        Assert.Empty(digits.Warnings);
    }

    [Fact]
    public void NamesOfASetStayWithoutImagesAndAreTold()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "train", IdxImages(2, 1, 1), IdxLabels(0, 2), false);
        folder.Write("classes.txt", "shoe\nbig hat\ncoat\n"u8.ToArray());
        var data = Import(path);
        Assert.Equal([1, 0, 1], data.ClassCounts);
        Assert.EndsWith(
            "1 of the 3 classes have no image here (big hat) and stay classes. To leave the empty ones out: -Class shoe, coat.",
            Assert.Single(data.Warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public void MoreThanRealImagesShrinkToIsRefusedBeforeItIsUnpacked()
    {
        using var folder = new TemporaryFolder();

        // 100 MB of labels in 100 KB, and as many images.
        const int Count = 100_000_000;
        var zeros = new byte[Count];
        var path = Write(folder, "train", [.. Idx(0x803, Count, 1, 1), .. zeros], [.. Idx(0x801, Count), .. zeros], true);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("no real images shrink to", Fails(path).Message, StringComparison.Ordinal);
        Write(folder, "train", IdxImages(2, 1, 1), [.. Idx(0x801, 60_000_000), .. zeros[..60_000_000]], true);
        Assert.Contains("it declares 2 images, but", Fails(path).Message, StringComparison.Ordinal);
        Write(folder, "train", Idx(0x803, 20_000_000, 1, 1), IdxLabels(1), true);
        Assert.Contains("up to 10000000 images", Fails(path).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000_000);
    }

    [Fact]
    public void AFileOfNamesIsBoundedAndHasOneInEachLine()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "train", IdxImages(2, 1, 1), IdxLabels(0, 1), false);
        foreach (var (names, expected) in new[]
        {
            ("a\n\nb", "line 2 is empty"), ("a\na", "is there twice"), ("", "found 0"), (new string('x', 100_000), "65536 bytes at most")
        })
        {
            folder.Write("classes.txt", System.Text.Encoding.UTF8.GetBytes(names));
            Assert.Contains(expected, Fails(path).Message, StringComparison.Ordinal);
        }

        folder.Write("classes.txt", [0xEF, 0xBB, 0xBF, .. "a\r\nb\r\n\r\n"u8]);
        Assert.Equal(["a", "b"], Import(path).Classes);
    }

    [Fact]
    public void AFolderOfTestFilesOnlyIsReadAndOneOfSeveralAsksWhich()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "t10k", IdxImages(1, 1, 1), IdxLabels(3), true);
        Assert.Equal(["3"], Import(folder.Path).Classes);
        Write(folder, "other", IdxImages(1, 1, 1), IdxLabels(3), true);
        Assert.Contains("Name the file", Fails(folder.Path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingOrContradictingFilesAreNamed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("train-images-idx3-ubyte", IdxImages(2, 1, 1));
        Assert.Contains(Path.Combine(folder.Path, "train-labels-idx1-ubyte"), Fails(path).Message, StringComparison.Ordinal);

        var labels = folder.Write("train-labels-idx1-ubyte", IdxLabels(1, 2, 3));
        Assert.Contains("2 images, but", Fails(path).Message, StringComparison.Ordinal);
        Assert.Contains("3 labels", Fails(path).Message, StringComparison.Ordinal);
        Assert.Contains("name the file of images", Fails(labels).Message, StringComparison.Ordinal);

        folder.Write("train-labels-idx1-ubyte", IdxImages(2, 1, 1));
        Assert.Contains("expected the number 2049", Fails(path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFileCutAtAnyByteOrWithOneTooManyIsAnErrorThatNamesIt(bool compressed)
    {
        using var folder = new TemporaryFolder();
        var images = IdxImages(3, 4, 5);
        byte[] labels = IdxLabels(1, 2, 3);
        var path = Write(folder, "train", images, labels, compressed);
        var stored = File.ReadAllBytes(path);

        // The last ten bytes of a .gz hold no pixels any more: the end of the data, a checksum and a length.
        for (var length = 0; length < stored.Length - (compressed ? 10 : 0); length++)
        {
            File.WriteAllBytes(path, stored[..length]);
            AssertNames(path);
        }

        Write(folder, "train", [.. images, 0], labels, compressed);
        AssertNames(path);
        Write(folder, "train", images, [.. labels, 0], compressed);
        AssertNames(path.Replace("images-idx3", "labels-idx1", StringComparison.Ordinal), path);
    }

    [Fact]
    public void ACompressedFileWithADamagedByteFailsItsChecksum()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "train", IdxImages(3, 4, 5), IdxLabels(1, 2, 3), true);
        var whole = File.ReadAllBytes(path);
        for (var position = 10; position < whole.Length; position++)
        {
            var damaged = whole.ToArray();
            damaged[position] ^= 0x04;
            File.WriteAllBytes(path, damaged);
            AssertNames(path);
        }
    }

    [Theory]
    [InlineData(int.MaxValue, 28, 28)]
    [InlineData(-1, -1, -1)]
    [InlineData(0, 28, 28)]
    [InlineData(1, 0, 28)]
    [InlineData(1, 100_000, 100_000)]
    public void AHeaderThatLiesIsRefusedBeforeAnythingIsAllocated(int count, int height, int width)
    {
        using var folder = new TemporaryFolder();
        foreach (var compressed in new[] { false, true })
        {
            var path = Write(folder, "train", Idx(0x803, count, height, width), IdxLabels(1), compressed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains("declares", Fails(path, new() { Format = DatasetFormat.Idx }).Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5_000_000);
        }
    }

    private static void AssertNames(string named, string? path = null) =>
        Assert.Contains(named, Fails(path ?? named, new() { Format = DatasetFormat.Idx }).Message, StringComparison.Ordinal);

    private static string Write(TemporaryFolder folder, string part, byte[] images, byte[] labels, bool compressed)
    {
        var end = compressed ? ".gz" : "";
        folder.Write($"{part}-labels-idx1-ubyte{end}", compressed ? Gzip(labels) : labels);
        return folder.Write($"{part}-images-idx3-ubyte{end}", compressed ? Gzip(images) : images);
    }
}
