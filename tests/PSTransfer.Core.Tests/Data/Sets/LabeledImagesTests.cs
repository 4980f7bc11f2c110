using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data.Sets;

public class LabeledImagesTests
{
    [Fact]
    public void AFolderWithoutASizeTakesThatOfTheModelAndItsRule()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", File.ReadAllBytes(ImageFixture.PathOf("resize/source.png")));
        var data = Import(folder.Path);
        Assert.Equal(ImageFixture.Load("resize/crop-72x72.png").Rgb, PixelsOf(data.ForModel(new(new(72, 72, 3), ResizeRule.Crop)), 0));
        Assert.Equal(ImageFixture.Load("resize/pad-48x48.png").Rgb, PixelsOf(data.ForModel(new(new(48, 48, 3), ResizeRule.Pad)), 0));
        Assert.Null(data.Shape);

        var again = data.ForModel(new(new(10, 10, 3), ResizeRule.Crop)).ForModel(new(new(48, 48, 3), ResizeRule.Pad));
        Assert.Equal(ImageFixture.Load("resize/pad-48x48.png").Rgb, PixelsOf(again, 0));

        var padded = Import(folder.Path, new() { Resize = ResizeRule.Pad }).ForModel(new(new(48, 48, 3), ResizeRule.Crop));
        Assert.Equal(ImageFixture.Load("resize/pad-48x48.png").Rgb, PixelsOf(padded, 0));

        var sized = Import(folder.Path, new() { ImageSize = [48] }).ForModel(new(new(48, 48, 3), ResizeRule.Pad));
        Assert.Equal(ImageFixture.Load("resize/pad-48x48.png").Rgb, PixelsOf(sized, 0));
    }

    [Fact]
    public void AnotherShapeThanTheModelsNamesBothAndBothRemedies()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("data_batch_1.bin", Cifar([1, 2]));
        var error = Assert.Throws<PSTransferException>(() => Import(path).ForModel(new(new(64, 64, 3), ResizeRule.Crop)));
        Assert.Contains("are 32×32×3, the model takes 64×64×3", error.Message, StringComparison.Ordinal);
        Assert.Contains("-ImageSize 64, 64 (Import-ImageDataset)", error.Message, StringComparison.Ordinal);
        Assert.Contains("-InputShape 32, 32, 3 (New-Backbone)", error.Message, StringComparison.Ordinal);

        var grey = Assert.Throws<PSTransferException>(() =>
            Import(path, new() { Channels = 1 }).ForModel(new(new(32, 32, 3), ResizeRule.Crop)));
        Assert.Contains("-Channels 3", grey.Message, StringComparison.Ordinal);
        Assert.Equal(new ImageShape(32, 32, 3), Import(path).ForModel(new(new(32, 32, 3), ResizeRule.Crop)).Shape);

        folder.Write("pictures/a/1.png", []);
        var unbound = Import(Path.Combine(folder.Path, "pictures"), new() { Channels = 1 });
        Assert.Contains(
            "-Channels 3",
            Assert.Throws<PSTransferException>(() => unbound.ForModel(new(new(8, 8, 3), ResizeRule.Crop))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AFoldersFingerprintSeesNamesLengthsLabelsAndOrderAndNoContent()
    {
        using var folder = new TemporaryFolder();
        folder.Write("photos/a/1.png", [1, 2, 3]);
        var changing = folder.Write("photos/b/2.png", [4, 5]);
        string Now() => Photos().Fingerprint();
        LabeledImages Photos() => Import(Path.Combine(folder.Path, "photos"));
        var before = Now();

        Assert.Equal(before, Now());
        Assert.NotEqual(before, Photos().Subset([1, 0], "photos").Fingerprint());
        Assert.NotEqual(before, Photos().ForModel(new(new(8, 8, 3), ResizeRule.Crop)).Fingerprint());
        Assert.NotEqual(
            Photos().ForModel(new(new(8, 8, 3), ResizeRule.Pad)).Fingerprint(),
            Photos().ForModel(new(new(8, 8, 3), ResizeRule.Crop)).Fingerprint());
        File.WriteAllBytes(changing, [6, 7]);
        Assert.Equal(before, Now());
        File.WriteAllBytes(changing, [6, 7, 8]);
        Assert.NotEqual(before, Now());
        File.WriteAllBytes(changing, [4, 5]);
        var added = folder.Write("photos/b/3.png", []);
        Assert.NotEqual(before, Now());
        File.Delete(added);
        File.Move(changing, Path.Combine(folder.Path, "photos", "a", "2.png"));
        folder.Write("photos/b/1.png", [1, 2, 3]);
        Assert.NotEqual(before, Now());
    }

    [Fact]
    public void AFoldersFingerprintIsThatOfTheFolderElsewhere()
    {
        using var folder = new TemporaryFolder();
        folder.Write("here/photos/a/1.png", [1]);
        folder.Write("there/photos/a/1.png", [2]);
        Assert.Equal(
            Import(Path.Combine(folder.Path, "here", "photos")).Fingerprint(),
            Import(Path.Combine(folder.Path, "there", "photos")).Fingerprint());
        var gone = Import(Path.Combine(folder.Path, "here", "photos"));
        File.Delete(gone.PathOf(0)!);
        Assert.Equal(64, gone.Fingerprint().Length);
    }

    [Fact]
    public void OneFilesFingerprintSeesContentAndLabels()
    {
        using var folder = new TemporaryFolder();
        byte[] other = [.. Cifar([1, 2])[..^1], 99];
        var fingerprints = new[] { Cifar([1, 2]), Cifar([2, 1]), other }
            .Select(file => Import(folder.Write("data_batch_1.bin", file)).Fingerprint())
            .ToList();
        Assert.Equal(3, fingerprints.Distinct().Count());
        Assert.Equal(fingerprints[^1], Import(folder.Write("data_batch_1.bin", other)).Fingerprint());
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
        Assert.Equal(PixelsOf(data, 3), PixelsOf(part, 0));
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
        var expected = Enumerable.Range(0, data.Count).Select(i => PixelsOf(data, i)).ToArray();
        Parallel.For(0, 200, i => Assert.Equal(expected[i % data.Count], PixelsOf(data, i % data.Count)));
    }

    [Fact]
    public void ACancelledImportStops()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", []);
        Assert.Throws<OperationCanceledException>(() => LabeledImages.Import(folder.Path, new(), new CancellationToken(canceled: true)));
    }
}
