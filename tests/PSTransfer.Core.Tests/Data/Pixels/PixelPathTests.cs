using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PSTransfer.Core.Diagnosis.Deployment;

namespace PSTransfer.Core.Tests.Data.Pixels;

/// <summary>Who decides how a model's pictures are read, and what happens to images that were imported otherwise.</summary>
public sealed class PixelPathTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("resnet20", ResizeRule.Crop)]
    [InlineData("keras-mobilenet", ResizeRule.Stretch)]
    public void BeforeTrainingAModelHasItsBackbonesRuleAndImagesMayHaveAnother(string backbone, ResizeRule rule)
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find(backbone), new ImageShape(32, 32, 3), seed: 1);
        Assert.Equal((rule, false), (network.Pixels.Resize, network.PixelsAreFixed));
        Assert.Equal(rule, network.Bind(Images()).Pixels!.Resize);
        Assert.Equal(ResizeRule.Pad, network.Bind(Images(ResizeRule.Pad)).Pixels!.Resize);
    }

    [Fact]
    public void TrainingMakesTheImagesRuleTheModels()
    {
        using var network = Network();
        Fit(network, Images(ResizeRule.Stretch));
        Assert.Equal((ResizeRule.Stretch, true), (network.Pixels.Resize, network.PixelsAreFixed));
        Assert.Equal(ResizeRule.Stretch, network.Bind(Images()).Pixels!.Resize);
        using var copy = network.Clone();
        Assert.Equal((network.Pixels, true), (copy.Pixels, copy.PixelsAreFixed));
    }

    [Fact]
    public void ImagesOfAnotherRuleThanATrainedModelsAreRefusedWhereverTheyAreMeasured()
    {
        using var network = Network();
        Fit(network, Images(ResizeRule.Stretch));
        var other = Images(ResizeRule.Crop);
        foreach (var use in (Action[])
            [
                () => ModelMeasurement.Make(network, other, LearningPhase.Inference, 8, 1, Token),
                () => new LearningPhaseTest(network).Run(other, null, token: Token),
                () => new LearningPhaseTest(network).Run(Images(), other, token: Token),
                () => new BatchNormDriftTest(network).Run(other, token: Token),
                () => new BatchNormRepair(network).Run(other, token: Token),
                () => new DeploymentTest(network).Run("m", other, Token),
                () => new Trainer(network, new TrainingOptions()).Fit(Images(), other, Token),
            ])
        {
            var error = Assert.Throws<PSTransferException>(use);
            Assert.Contains(
                "imported with -Resize Crop, but the model learnt from pictures brought to size by Stretch",
                error.Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AnotherRunMayChangeTheRuleAndSaysSo()
    {
        using var network = Network();
        Fit(network, Images(ResizeRule.Stretch));
        var warnings = new List<string>();
        Fit(network, Images(ResizeRule.Pad), warnings.Add);
        Assert.Contains("learnt from pictures brought to size by Stretch so far", warnings[0], StringComparison.Ordinal);
        Assert.Equal(ResizeRule.Pad, network.Pixels.Resize);
        warnings.Clear();
        Fit(network, Images(), warnings.Add);
        Assert.Empty(warnings);
        Assert.Equal(ResizeRule.Pad, network.Pixels.Resize);
    }

    /// <summary>Where both rules leave the bytes alone there is nothing to refuse.</summary>
    [Fact]
    public void ImagesInMemoryThatHaveTheSizeAreTheSameUnderEveryRule()
    {
        using var network = Network();
        Fit(network, Images(ResizeRule.Stretch));
        network.Bind(Training.Images.Make(2, size: 24));
    }

    [Fact]
    public void ARepairBindsTheModelToo()
    {
        using var network = Network();
        new BatchNormRepair(network).Run(Images(ResizeRule.Stretch), token: Token);
        Assert.Equal((ResizeRule.Stretch, true), (network.Pixels.Resize, network.PixelsAreFixed));
    }

    [Fact]
    public void AnOldFileIsReadWithAWarningThatNamesTheRule()
    {
        var path = OldFile();
        var warnings = new List<string>();
        using (var network = ModelFile.Load(path, warnings.Add))
        {
            Assert.Equal(
                (new PixelPath(new ImageShape(12, 9, 3), ResizeRule.Crop, Preprocessing.Tf) { Decoder = 2 }, true),
                (network.Pixels, network.PixelsAreFixed));
        }

        Assert.Contains("Crop is assumed, the rule of resnet20", Assert.Single(warnings), StringComparison.Ordinal);
        warnings.Clear();
        using (var network = ModelFile.Load(path, warnings.Add, ResizeRule.Stretch))
        {
            Assert.Equal(ResizeRule.Stretch, network.Pixels.Resize);
        }

        Assert.Empty(warnings);
    }

    [Fact]
    public void AFileThatKeepsItsRuleTakesNoOther()
    {
        using var network = SmallModelFile.Network();
        ModelFile.Save(network, _folder.File("new"), overwrite: false);
        using var same = ModelFile.Load(_folder.File("new"), Assert.Fail, ResizeRule.Pad);
        var error = Assert.Throws<PSTransferException>(() => ModelFile.Load(_folder.File("new"), Assert.Fail, ResizeRule.Crop));
        Assert.Contains("this one does: Pad", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileOfAnotherDecoderSaysSo()
    {
        using var network = SmallModelFile.Network();
        network.SetPixels(network.Pixels with { Decoder = 1 }, areFixed: true);
        ModelFile.Save(network, _folder.File("decoder"), overwrite: false);
        var warnings = new List<string>();
        using var loaded = ModelFile.Load(_folder.File("decoder"), warnings.Add);
        Assert.Contains(
            $"trained with version 1 of the picture decoder, this is version {ImageDecoder.Version}",
            Assert.Single(warnings),
            StringComparison.Ordinal);
        Assert.Equal(1, loaded.Pixels.Decoder);
    }

    /// <summary>
    /// The bytes that this version of the decoder gives for every picture of the fixture. Where they change, its version must be raised.
    /// </summary>
    [Theory]
    [InlineData(ResizeRule.Crop, "94b2281390bde3e5")]
    [InlineData(ResizeRule.Stretch, "348a31bceea83cc6")]
    [InlineData(ResizeRule.Pad, "38c7d961e9313599")]
    public void OneVersionOfTheDecoderGivesOneSetOfBytes(ResizeRule rule, string expected)
    {
        var images = LabeledImages.Import(ImageFixture.PathOf("path"), new ImageDatasetOptions { Resize = rule, ImageSize = [24] }, Token);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pixels = new byte[24 * 24 * 3];
        for (var i = 0; i < images.Count; i++)
        {
            images.Read(i, pixels);
            hash.AppendData(pixels);
        }

        Assert.Equal(3, ImageDecoder.Version);
        Assert.Equal(expected, Convert.ToHexStringLower(hash.GetHashAndReset()[..8]));
    }

    [Fact]
    public void ClassesAreMatchedByNameWhereAModelKnowsThemAll()
    {
        var images = Training.Images.Make(2, classes: 3);
        var some = images.Subset([0, 4, 5], "some").ForClasses(["class2", "class0", "class1", "more"]);
        Assert.Equal([1, 0, 0], Enumerable.Range(0, 3).Select(some.LabelOf));
        Assert.Equal([2, 1, 0, 0], some.ClassCounts);
        Assert.Same(images, images.ForClasses(["class0", "class1", "class2"]));
        Assert.Same(images, images.ForClasses(["class0", "class1", "other"]));
    }

    private static LabeledImages Images(ResizeRule? resize = null) =>
        LabeledImages.Import(
            ImageFixture.PathOf("path"), new ImageDatasetOptions { Resize = resize, SamplesPerClass = 8, First = true }, Token);

    private static TransferNetwork Network()
    {
        var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(24, 24, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, seed: 2);
        return network;
    }

    private static void Fit(TransferNetwork network, LabeledImages images, Action<string>? warn = null)
    {
        new Core.Models.FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        new Trainer(network, new TrainingOptions { BatchSize = 8 }, new Observing(warned: warn)).Fit(images, null, Token);
    }

    private string OldFile()
    {
        using var network = SmallModelFile.Network();
        ModelFile.Save(network, _folder.File("old"), overwrite: false);
        File.WriteAllBytes(_folder.File("old"), SmallModelFile.WithDescription(File.ReadAllBytes(_folder.File("old")), description =>
        {
            description["version"] = 1;
            description.Remove("pixels");
            description.Remove("pixelsAreFixed");
            description.Remove("reference");
            description["inputShape"] = new JsonObject { ["height"] = 12, ["width"] = 9, ["channels"] = 3 };
            description["preprocessing"] = "Tf";
        }));
        return _folder.File("old");
    }
}
