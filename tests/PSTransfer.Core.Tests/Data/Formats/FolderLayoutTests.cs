using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data.Formats;

public class FolderLayoutTests
{
    private static readonly byte[] Image = File.ReadAllBytes(ImageFixture.PathOf("decode/color.png"));

    [Theory]
    [InlineData("train", "val")]
    [InlineData("Training", "VALID", "testing")]
    [InlineData("train_set", "holdout")]
    [InlineData("train2017", "eval")]
    [InlineData("train")]
    public void TheFolderAboveASplitIsRefusedWithTheCommandsForItsParts(params string[] parts)
    {
        using var folder = Folder([.. parts.SelectMany(part => new[] { $"{part}/cat/1.png", $"{part}/dog/1.png" }), "@eaDir/1.png"]);
        var error = Fails(folder.Path);
        Assert.Equal(FaultKind.InvalidArgument, error.Kind);
        Assert.Contains("parts of a split", error.Message, StringComparison.Ordinal);
        Assert.All(
            parts,
            part =>
                Assert.Contains(
                    $"Import-ImageDataset -LiteralPath '{Path.Combine(folder.Path, part)}'", error.Message, StringComparison.Ordinal));
        Assert.Contains("parts of a split", Fails(folder.Path, new() { Classes = ["cat", "dog"] }).Message, StringComparison.Ordinal);
        Assert.Equal(parts, Import(folder.Path, new() { Classes = parts }).Classes);
    }

    [Fact]
    public void OnePartWithoutClassesIsStillAPart()
    {
        using var folder = Folder("train/cat/1.png", "train/dog/1.png", "test/1.png");
        Assert.Contains("parts of a split", Fails(folder.Path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train/1.png", "test/1.png")]
    [InlineData("train/1.png", "train/steam/2.png", "test/1.png")]
    [InlineData("train/cat/1.png", "bus/red/1.png")]
    [InlineData("trainer/a/1.png", "validator/b/1.png")]
    public void ClassesThatAreCalledSoAreClasses(params string[] files)
    {
        using var folder = Folder(files);
        Assert.Equal(2, Import(folder.Path).Classes.Count);
    }

    [Fact]
    public void AFolderAroundTheFolderSaysSo()
    {
        using var folder = Folder("pets/pets/cat/1.png", "pets/pets/dog/1.png", "__MACOSX/pets/._1.png");
        var error = Fails(folder.Path);
        Assert.Contains($"{Path.Combine("pets", "pets")} holds cat, dog", error.Message, StringComparison.Ordinal);
        Assert.Contains($"-LiteralPath '{Path.Combine(folder.Path, "pets", "pets")}'.", error.Message, StringComparison.Ordinal);
        Assert.Equal([2], Import(folder.Path, new() { Classes = ["pets"] }).ClassCounts);
    }

    [Fact]
    public void AFolderAroundASplitNamesTheParts()
    {
        using var folder = Folder("pets/train/cat/1.png", "pets/train/dog/1.png", "pets/val/cat/1.png", "pets/val/dog/1.png");
        Assert.Contains($"'{Path.Combine(folder.Path, "pets", "val")}'", Fails(folder.Path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AClassOfItsOwnIsNoFolderAround()
    {
        using var folder = Folder("cat/1.png", "cat/a/2.png", "cat/b/3.png");
        Assert.Equal([3], Import(folder.Path).ClassCounts);
        using var deep = Folder("cat/2020/may/2.png");
        Assert.Equal([1], Import(deep.Path).ClassCounts);
    }

    [Fact]
    public void PartsInsideOfEveryClassAreTold()
    {
        using var folder = Folder("cat/train/1.png", "cat/val/1.png", "dog/train/1.png", "dog/val/1.png");
        Assert.Contains(
            "each class holds the parts of a split (train, val)", Assert.Single(Import(folder.Path).Warnings), StringComparison.Ordinal);
        folder.Write("bird/1.png", Image);
        Assert.Empty(Import(folder.Path).Warnings);
    }

    private static TemporaryFolder Folder(params string[] files)
    {
        var folder = new TemporaryFolder();
        foreach (var file in files)
        {
            folder.Write(file, Image);
        }

        return folder;
    }
}
