using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data.Formats;

public class CifarReaderTests
{
    private static readonly int[] CatsDogsAndMore = [3, 5, 0, 3, 9, 5, 3, 5];

    [Fact]
    public void TheSeedsChoiceIsTheFirstOfEachClassCatsBeforeDogs()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("data_batch_1.bin", Cifar(CatsDogsAndMore));
        var data = Import(path, new() { Classes = ["cat", "Dog"], SamplesPerClass = 2, First = true });
        Assert.Equal(["cat", "dog"], data.Classes);
        Assert.Equal([2, 2], data.ClassCounts);
        Assert.Equal([0, 0, 1, 1], Labels(data));
        Assert.Equal([0, 3, 1, 5], Enumerable.Range(0, 4).Select(i => (int)PixelsOf(data, i)[0]));
        Assert.Equal(new ImageShape(32, 32, 3), data.Shape);
        Assert.Null(data.PathOf(0));
        Assert.Equal(path, data.Source);
        Assert.Equal("data_batch_1.bin", data.Name);
    }

    [Fact]
    public void PlanesBecomeRgbPixels()
    {
        using var folder = new TemporaryFolder();
        var data = Import(folder.Write("data_batch_1.bin", Cifar(CatsDogsAndMore)), new() { Classes = ["9"] });
        var pixels = PixelsOf(data, 0);
        Assert.Equal(3072, pixels.Length);
        for (var i = 0; i < 1024; i++)
        {
            Assert.Equal([4, 9, (byte)i], pixels[(3 * i)..((3 * i) + 3)]);
        }
    }

    [Fact]
    public void ClassesKeepTheOrderTheyAreAskedForIn()
    {
        using var folder = new TemporaryFolder();
        var data = Import(folder.Write("data_batch_1.bin", Cifar(CatsDogsAndMore)), new() { Classes = ["5", "3"] });
        Assert.Equal(["dog", "cat"], data.Classes);
        Assert.Equal([0, 0, 0, 1, 1, 1], Labels(data));
        Assert.Equal([1, 5, 7, 0, 3, 6], Enumerable.Range(0, 6).Select(i => (int)PixelsOf(data, i)[0]));
    }

    [Fact]
    public void AFolderMeansItsTrainingFilesAndItsNames()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data_batch_2.bin", Cifar([1, 1]));
        folder.Write("data_batch_1.bin", Cifar([1]));
        folder.Write("test_batch.bin", Cifar([1, 1, 1, 1]));
        folder.Write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n"u8.ToArray());
        var data = Import(folder.Path);
        Assert.Equal(3, data.Count);
        Assert.Equal("b", data.Classes[1]);
        Assert.Equal([0, 0, 1], Enumerable.Range(0, 3).Select(i => (int)PixelsOf(data, i)[0]));
        Assert.Contains("has 5 training files, 2 of them", data.Warnings[0], StringComparison.Ordinal);
        Assert.EndsWith(
            "9 of the 10 classes have no image here (a, c, d, e, f and 4 more) and stay classes. To leave the empty ones out: -Class b.",
            data.Warnings[1],
            StringComparison.Ordinal);
        Assert.Equal(4, Import(Path.Combine(folder.Path, "test_batch.bin")).Count);
    }

    [Fact]
    public void AFolderWithoutTrainingFilesMeansWhatItHolds()
    {
        using var folder = new TemporaryFolder();
        folder.Write("test_batch.bin", Cifar([2, 2]));
        var data = Import(folder.Path);
        Assert.Equal(2, data.ClassCounts[2]);
        Assert.Empty(Import(folder.Path, new() { Classes = ["bird"] }).Warnings);
    }

    [Fact]
    public void TheArchiveGivesTheSameAsItsFolderWhateverTheOrderInIt()
    {
        using var folder = new TemporaryFolder();
        (string Name, byte[] Content)[] files =
        [
            ("data_batch_3.bin", Cifar([3, 5])), ("readme.html", "hello"u8.ToArray()), ("data_batch_1.bin", Cifar([5, 3, 0])),
            ("test_batch.bin", Cifar([3])),
            ("data_batch_5.bin", Cifar([5])),
            ("data_batch_2.bin", Cifar([0, 3])),
            ("data_batch_4.bin", Cifar([3])),
            ("batches.meta.txt", "airplane\nautomobile\nbird\nKatze\ndeer\ndog\nfrog\nhorse\nship\ntruck\n"u8.ToArray()),
        ];
        var archive = folder.Write("cifar-10-binary.tar.gz", TarGzip("cifar-10-batches-bin", files));
        foreach (var (name, content) in files)
        {
            folder.Write($"unpacked/{name}", content);
        }

        ImageDatasetOptions options = new() { Classes = ["Katze", "dog"], SamplesPerClass = 3, First = true };
        var (packed, unpacked) = (Import(archive, options), Import(Path.Combine(folder.Path, "unpacked"), options));
        Assert.Equal(["Katze", "dog"], packed.Classes);
        Assert.Equal(Labels(unpacked), Labels(packed));
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(PixelsOf(unpacked, i), PixelsOf(packed, i));
        }

        Assert.Empty(packed.Warnings);
        Assert.Equal(9, Import(archive).Count);
    }

    [Fact]
    public void TheDrawDependsOnTheSeedAlone()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("data_batch_1.bin", Cifar([.. Enumerable.Range(0, 200).Select(i => 3 + (2 * (i % 2)))]));
        int[] Draw(int seed, params string[] classes)
        {
            var data = Import(path, new() { Classes = classes, SamplesPerClass = 20, Seed = seed });
            return [.. Enumerable.Range(0, data.Count)
                .Where(i => data.Classes[data.LabelOf(i)] == "cat")
                .Select(i => (int)PixelsOf(data, i)[0])];
        }

        var drawn = Draw(42, "cat", "dog");
        Assert.Equal(drawn, Draw(42, "cat", "dog"));
        Assert.Equal(drawn, Draw(42, "cat"));
        Assert.NotEqual(drawn, Draw(43, "cat", "dog"));
        Assert.Equal(20, drawn.Distinct().Count());
        Assert.NotEqual(Enumerable.Range(0, 20).Select(i => 2 * i), drawn);
    }

    [Fact]
    public void Cifar100HasFineLabels()
    {
        using var folder = new TemporaryFolder();
        folder.Write("train.bin", Cifar([99, 7, 99], hundred: true));
        folder.Write("test.bin", Cifar([7], hundred: true));
        var data = Import(folder.Path);
        Assert.Equal(100, data.Classes.Count);
        Assert.Equal((2, 1), (data.ClassCounts[99], data.ClassCounts[7]));
        Assert.Equal("99", data.Classes[99]);
        Assert.Equal([0, 2], Enumerable.Range(1, 2).Select(i => (int)PixelsOf(data, i)[0]));
        Assert.Equal(1, Import(Path.Combine(folder.Path, "test.bin")).Count);

        folder.Write(
            "fine_label_names.txt", [.. Enumerable.Range(0, 100).SelectMany(i => System.Text.Encoding.UTF8.GetBytes($"name{i}\n"))]);
        Assert.Equal(["name99"], Import(folder.Path, new() { Classes = ["NAME99"] }).Classes);

        var archive = folder.Write(
            "c.tar.gz", TarGzip("cifar-100-binary", ("test.bin", Cifar([1], hundred: true)), ("train.bin", Cifar([8], hundred: true))));
        Assert.Equal(1, Import(archive).ClassCounts[8]);
    }

    [Fact]
    public void AFileOfAWrongLengthNamesTheExpectedAndTheFoundOne()
    {
        using var folder = new TemporaryFolder();
        var whole = Cifar([1, 2]);
        foreach (var content in new[] { whole[..^1], [.. whole, 0], whole[..100], [] })
        {
            var path = folder.Write("data_batch_1.bin", content);
            var error = Fails(path);
            Assert.Equal(FaultKind.InvalidData, error.Kind);
            Assert.StartsWith($"{path}: expected a multiple of 3073 bytes", error.Message, StringComparison.Ordinal);
            Assert.Contains($"found {content.Length} bytes", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ALabelOutOfRangeIsNamedWithItsImage()
    {
        using var folder = new TemporaryFolder();
        var error = Fails(folder.Write("data_batch_1.bin", Cifar([1, 10])));
        Assert.Contains("image 1: expected a label from 0 to 9, found 10", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnArchiveCutAtAnyByteIsOneClearErrorOrWhole()
    {
        using var folder = new TemporaryFolder();
        var whole = TarGzip("cifar-10-batches-bin", ("data_batch_1.bin", Cifar([1, 2])), ("batches.meta.txt", "too few"u8.ToArray()));
        var path = folder.Write("whole.tar.gz", whole);
        Assert.Contains("expected 10 class names", Fails(path).Message, StringComparison.Ordinal);

        whole = TarGzip("cifar-10-batches-bin", ("data_batch_1.bin", Cifar([1, 2])));
        for (var length = 0; length < whole.Length - 60; length++)
        {
            path = folder.Write("cut.tar.gz", whole[..length]);
            Assert.Contains(path, Fails(path, new() { Format = DatasetFormat.Cifar10 }).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AnArchiveOfEndlessMembersOrContentIsRefused()
    {
        using var folder = new TemporaryFolder();
        var empty = folder.Write(
            "empty.tar.gz", TarGzip("cifar-10-batches-bin", [.. Enumerable.Range(0, 2000).Select(i => ($"{i}.txt", Array.Empty<byte>()))]));
        Assert.Contains("more than 1000 members", Fails(empty).Message, StringComparison.Ordinal);
        var large = folder.Write("large.tar.gz", TarGzip("cifar-10-batches-bin", ("1", new byte[300 << 20]), ("2", new byte[300 << 20])));
        Assert.Contains("bytes of content", Fails(large).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesBesideTheDataAreBounded()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("data_batch_1.bin", Cifar([1]));
        folder.Write("batches.meta.txt", new byte[70_000]);
        Assert.Contains("65536 bytes at most", Fails(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnArchiveWithADamagedByteIsAnErrorOrADataSet()
    {
        using var folder = new TemporaryFolder();
        var whole = TarGzip("cifar-10-batches-bin", ("data_batch_1.bin", Cifar([1, 2])));
        var errors = 0;
        for (var position = 0; position < whole.Length; position += 5)
        {
            var damaged = whole.ToArray();
            damaged[position] ^= 0x10;
            var path = folder.Write("damaged.tar.gz", damaged);
            try
            {
                Import(path, new() { Format = DatasetFormat.Cifar10 });
            }
            catch (PSTransferException error)
            {
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
                errors++;
            }
        }

        Assert.True(errors > 0);
    }

    [Fact]
    public void AnArchiveThatDeclaresTooMuchOrHoldsNothingOfUseIsRefused()
    {
        using var folder = new TemporaryFolder();
        var python = folder.Write("cifar-10-python.tar.gz", TarGzip("cifar-10-batches-py", ("data_batch_1", [1, 2, 3])));
        Assert.Contains("get the binary one", Fails(python).Message, StringComparison.Ordinal);

        var twice = folder.Write(
            "twice.tar.gz", TarGzip("cifar-10-batches-bin", ("data_batch_1.bin", Cifar([1])), ("data_batch_1.bin", Cifar([1]))));
        Assert.Contains("twice", Fails(twice).Message, StringComparison.Ordinal);

        var header = new byte[1024];
        "data_batch_1.bin"u8.CopyTo(header);
        "77777777777"u8.CopyTo(header.AsSpan(124));
        "        "u8.CopyTo(header.AsSpan(148));
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        var bomb = folder.Write("bomb.tar.gz", Gzip(header));
        Assert.Contains("declares more than", Fails(bomb).Message, StringComparison.Ordinal);
    }
}
