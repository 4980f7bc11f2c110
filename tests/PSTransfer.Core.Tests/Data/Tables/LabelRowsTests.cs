using PSTransfer.Core.Data.Tables;
using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data.Tables;

public sealed class LabelRowsTests : IDisposable
{
    private static readonly byte[] Image = File.ReadAllBytes(ImageFixture.PathOf("decode/color.png"));
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ObjectsComeFromTheFolderThatHoldsAllFilesWhateverTheCurrentOne()
    {
        string[] files = [_folder.Write("a/x/1.png", Image), _folder.Write("a/y/2.png", Image), _folder.Write("a/xy/3.png", Image)];
        var one = Rows("/", files);
        var other = Rows(_folder.Path, files);
        Assert.Equal(Path.Combine(_folder.Path, "a"), one.Source);
        Assert.Equal("a", one.Name);
        Assert.True(one.IsSameAs(other));
        Assert.Equal(one.Fingerprint(), other.Fingerprint());
        Assert.Equal(Path.Combine(_folder.Path, "a", "x"), Rows("/", files[0]).Source);
        Assert.Equal("a", Path.GetFileName(Rows("/", files[0], files[2]).Source));
    }

    [Fact]
    public void FilesOutsideTheFolderOfTheTableAreSplitAndKnownAgain()
    {
        string[] files = [.. Enumerable.Range(0, 8).Select(i => _folder.Write($"{(i % 2 == 0 ? "left" : "right/deep")}/{i}.png", Image))];
        var table = _folder.Write(
            "tables/labels.csv",
            System.Text.Encoding.UTF8.GetBytes(
                "path,label\n" + string.Concat(files.Select((file, i) => $"{file},{(char)('a' + (i / 4))}\n"))));
        var data = Import(table);
        var (training, validation) = data.Split(0.25, 1);
        Assert.Equal([3, 3], training.ClassCounts);
        Assert.Equal([1, 1], validation.ClassCounts);
        Assert.Equal(training.Fingerprint(), Import(table).Split(0.25, 1).Training.Fingerprint());
        Assert.NotEqual(training.Fingerprint(), Import(table).Split(0.25, 2).Training.Fingerprint());
    }

    [Fact]
    public void AHundredThousandRowsTakeAFewMegabytes()
    {
        // Rows come from folders in turn, as in a shuffled table. The file is the same everywhere: it's the rows that count.
        var file = _folder.Write("folder with a rather long name, as data sets have them/1.png", Image);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var rows = new PathList();
        for (var i = 0; i < 100_000; i++)
        {
            rows.Add($"{Path.GetDirectoryName(file)}/{i % 10}/photograph-{i:000000}.png");
        }

        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal($"{Path.GetDirectoryName(file)}/7/photograph-000017.png", rows[17]);
        Assert.InRange(taken, 0, 8 << 20);
        GC.KeepAlive(rows);
    }

    private static LabeledImages Rows(string folder, params string[] files)
    {
        var rows = new LabelRows(null, folder, "object");
        foreach (var (index, file) in files.Index())
        {
            rows.Add(index + 1, file, "cat");
        }

        return rows.Import(new(), CancellationToken.None);
    }
}
