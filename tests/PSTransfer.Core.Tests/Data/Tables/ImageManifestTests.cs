using PSTransfer.Core.Data.Tables;
using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data.Tables;

public sealed class ImageManifestTests : IDisposable
{
    private static readonly byte[] Image = File.ReadAllBytes(ImageFixture.PathOf("decode/color.png"));
    private readonly TemporaryFolder _folder = new();

    public ImageManifestTests()
    {
        foreach (var name in new[]
        {
            "p/cat/1.png", "p/cat/2.png", "p/cat/3.png", "p/a \"b\", c;/ü.png", "p/a \"b\", c;/v.png", "p/zebra/1.png"
        })
        {
            if (OperatingSystem.IsWindows() && name.Contains('"', StringComparison.Ordinal))
            {
                continue;
            }

            _folder.Write(name, Image);
        }
    }

    private string Photos => Path.Combine(_folder.Path, "p");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("m.csv")]
    [InlineData("p/m.CSV")]
    [InlineData("p/cat/m.csv")]
    public void ASetIsReadAgainAsTheSameFromWhereverTheManifestLies(string name)
    {
        foreach (var set in new[]
        {
            Import(Photos), Import(Photos, new() { Classes = ["zebra", "cat"] }), Import(Photos, new() { SamplesPerClass = 1 })
        })
        {
            var again = Import(Written(set, name));
            Assert.True(again.IsSameAs(set));
            Assert.Empty(again.Warnings);
        }
    }

    [Fact]
    public void APartOfASplitKeepsItsOrderAndTheClassesThatHaveNoImageInIt()
    {
        var (training, validation) = Import(Photos, new() { Classes = ["zebra", "cat"] }).Split(0.34, 3);
        Assert.Equal([0, 1], validation.ClassCounts);
        foreach (var part in new[] { training, validation })
        {
            Assert.True(Import(Written(part, "m.csv")).IsSameAs(part));
        }
    }

    [Fact]
    public void TheFileIsPlainCsvWithRelativePaths()
    {
        var (_, validation) = Import(Photos, new() { Classes = ["zebra", "cat"] }).Split(0.34, 3);
        var file = Path.GetFileName(validation.PathOf(0));
        Assert.Equal($"Path,Label,LabelNumber\n,zebra,0\n../p/cat/{file},cat,1\n", File.ReadAllText(Written(validation, "tables/m.csv")));
    }

    [Fact]
    public void AManifestMovesWithItsImages()
    {
        Written(Import(Photos), "p/m.csv");
        var moved = Path.Combine(_folder.Path, "elsewhere");
        Directory.Move(Photos, moved);
        Assert.Equal(Import(moved).Count, Import(Path.Combine(moved, "m.csv")).Count);
    }

    [Fact]
    public void NamesWithBlanksAtTheirEndsAndSeparatorsOfOtherSystemsComeBack()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // Such names aren't possible there.
        }

        _folder.Write("p/ cat /a\\b.png", Image);
        _folder.Write("p/ cat / x.png ", Image);
        var set = Import(Photos, new() { Classes = [" cat ", "cat"] });
        Assert.True(Import(Written(set, "m.csv")).IsSameAs(set));
    }

    [Fact]
    public void ImagesThatShareAFileAreRefused()
    {
        var cifar = Import(_folder.Write("data_batch_1.bin", Cifar([1, 2])));
        var error = Assert.Throws<PSTransferException>(() => Written(cifar, "m.csv"));
        Assert.Equal(FaultKind.InvalidArgument, error.Kind);
        Assert.Contains("have no file each", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherNamesAndFilesThatAreThereAreRefused()
    {
        var set = Import(Photos);
        Assert.Contains(
            "needs a name that ends in .csv, not 'm.json'",
            Assert.Throws<PSTransferException>(() => Written(set, "m.json")).Message,
            StringComparison.Ordinal);
        var path = Written(set, "m.csv");
        Assert.Equal(
            FaultKind.AlreadyExists, Assert.Throws<PSTransferException>(() => ImageManifest.Write(set, path, overwrite: false)).Kind);
        ImageManifest.Write(set, path, overwrite: true);
    }

    private string Written(LabeledImages images, string name)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        ImageManifest.Write(images, path, overwrite: true);
        return path;
    }
}
