using PSTransfer.Core.Data;
using Xunit;
using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data;

public class LabeledImagesTests
{
    [Fact]
    public void AFolderWithoutASizeTakesThatOfTheModelAndItsRule()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", File.ReadAllBytes(ImageFixture.PathOf("resize/source.png")));
        var data = Import(folder.Path);
        Assert.Equal(ImageFixture.Load("resize/crop-72x72.png").Rgb, Pixels(data.ForShape(new(72, 72, 3), ResizeRule.Crop), 0));
        Assert.Equal(ImageFixture.Load("resize/pad-48x48.png").Rgb, Pixels(data.ForShape(new(48, 48, 3), ResizeRule.Pad), 0));
        Assert.Null(data.Shape);

        var again = data.ForShape(new(10, 10, 3), ResizeRule.Crop).ForShape(new(48, 48, 3), ResizeRule.Pad);
        Assert.Equal(ImageFixture.Load("resize/pad-48x48.png").Rgb, Pixels(again, 0));

        var padded = Import(folder.Path, new() { Resize = ResizeRule.Pad }).ForShape(new(48, 48, 3), ResizeRule.Crop);
        Assert.Equal(ImageFixture.Load("resize/pad-48x48.png").Rgb, Pixels(padded, 0));

        var sized = Import(folder.Path, new() { ImageSize = [48] }).ForShape(new(48, 48, 3), ResizeRule.Pad);
        Assert.Equal(ImageFixture.Load("resize/pad-48x48.png").Rgb, Pixels(sized, 0));
    }

    [Fact]
    public void AnotherShapeThanTheModelsNamesBothAndBothRemedies()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("data_batch_1.bin", Cifar([1, 2]));
        var error = Assert.Throws<PSTransferException>(() => Import(path).ForShape(new(64, 64, 3), ResizeRule.Crop));
        Assert.Contains("are 32×32×3, the model takes 64×64×3", error.Message, StringComparison.Ordinal);
        Assert.Contains("-ImageSize 64, 64 (Import-ImageDataset)", error.Message, StringComparison.Ordinal);
        Assert.Contains("-InputShape 32, 32, 3 (New-Backbone)", error.Message, StringComparison.Ordinal);

        var grey = Assert.Throws<PSTransferException>(() => Import(path, new() { Channels = 1 }).ForShape(new(32, 32, 3), ResizeRule.Crop));
        Assert.Contains("-Channels 3", grey.Message, StringComparison.Ordinal);
        Assert.Equal(new ImageShape(32, 32, 3), Import(path).ForShape(new(32, 32, 3), ResizeRule.Crop).Shape);

        folder.Write("pictures/a/1.png", []);
        var unbound = Import(Path.Combine(folder.Path, "pictures"), new() { Channels = 1 });
        Assert.Contains("-Channels 3", Assert.Throws<PSTransferException>(() => unbound.ForShape(new(8, 8, 3), ResizeRule.Crop)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASubsetKeepsClassesAndOrder()
    {
        using var folder = new TemporaryFolder();
        var data = Import(folder.Write("data_batch_1.bin", Cifar([1, 2, 1, 2])), new() { Classes = ["1", "2"] });
        var part = data.Subset([3, 0], "part");
        Assert.Equal(("part", 2), (part.Name, part.Count));
        Assert.Equal([1, 0], Labels(part));
        Assert.Equal([1, 1], part.ClassCounts);
        Assert.Equal(Pixels(data, 3), Pixels(part, 0));
        Assert.Equal(data.Classes, part.Classes);
    }

    [Fact]
    public void ASplitHasItsPartsNamed()
    {
        using var folder = new TemporaryFolder();
        var data = Import(folder.Write("data_batch_1.bin", Cifar([1, 1, 2, 2, 2, 2])), new() { Classes = ["1", "2"] });
        var (training, validation) = data.Split(0.5, 7);
        Assert.Equal(("data_batch_1.bin (training)", "data_batch_1.bin (validation)"), (training.Name, validation.Name));
        Assert.Equal([1, 2], training.ClassCounts);
        Assert.Equal([1, 2], validation.ClassCounts);
    }

    [Fact]
    public void ReadingFromManyThreadsGivesTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "color.jpg", "alpha.png", "lossy.webp", "orientation-6.jpg" })
        {
            folder.Write($"a/{name}", File.ReadAllBytes(ImageFixture.PathOf($"decode/{name}")));
        }

        var data = Import(folder.Path, new() { ImageSize = [16] });
        var expected = Enumerable.Range(0, data.Count).Select(i => Pixels(data, i)).ToArray();
        Parallel.For(0, 200, i => Assert.Equal(expected[i % data.Count], Pixels(data, i % data.Count)));
    }

    [Fact]
    public void ACancelledImportStops()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", []);
        Assert.Throws<OperationCanceledException>(() => LabeledImages.Import(folder.Path, new(), new CancellationToken(canceled: true)));
    }
}
