using PSTransfer.Core.Diagnosis.Deployment;

namespace PSTransfer.Core.Tests.Diagnosis.Deployment;

/// <summary>Each link of the chain from training to use is broken by itself, and named.</summary>
public sealed class DeploymentTestTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AModelThatWasOnlyCopiedPasses()
    {
        using var network = Trained();
        var report = Test(network, Pictures());
        Assert.True(report.Passed);
        Assert.Equal(
            (DeploymentLink.None, Reference.Count, Reference.Count, Reference.Count, 0.0),
            (report.Link, report.Count, report.FoundCount, report.SamePixelsCount, report.LargestDifference));
        Assert.Equal("The same pixels to the bit, and the same answers.", report.Explanation);
        Assert.Equal(report.AccuracyThere, report.AccuracyHere);
        Assert.Contains($"decoder {ImageDecoder.Version}", report.Here, StringComparison.Ordinal);
    }

    /// <summary>
    /// The answers are computed when the model is first written; what they are about was read at the end of the training.
    /// </summary>
    [Fact]
    public void AModelIsExportedWithItsAnswersThoughItsPicturesAreGone()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(24, 24, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, seed: 2);
        new Trainer(network, new TrainingOptions { BatchSize = 16 }).Fit(Pictures(), null, Token);
        using var copy = network.Clone();
        Directory.Delete(_folder.File("set"), recursive: true);
        using var loaded = Reloaded(copy);
        Assert.True(Test(loaded, Pictures()).Passed);
        Assert.Equal(network.Reference!.Pictures[0].Probabilities, loaded.Reference!.Pictures[0].Probabilities);
    }

    [Fact]
    public void FilesOfOtherNamesAndFoldersAreFoundByTheirContent()
    {
        using var network = Trained();
        var moved = Path.Combine(_folder.Path, "moved");
        foreach (var (i, file) in Directory.EnumerateFiles(_folder.File("set"), "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Index())
        {
            var folder = Directory.CreateDirectory(Path.Combine(moved, Path.GetFileName(Path.GetDirectoryName(file))!));
            File.Copy(file, Path.Combine(folder.FullName, $"renamed {i}{Path.GetExtension(file)}"));
        }

        Assert.True(Test(network, LabeledImages.Import(moved, new ImageDatasetOptions(), Token)).Passed);
    }

    [Fact]
    public void OtherWeightsAreNamed()
    {
        using var network = Trained(change: loaded =>
        {
            using var noGradient = torch.no_grad();
            loaded.State.First().Value.mul_(1.01);
        });
        AssertLink(DeploymentLink.File, network, Pictures(), "isn't as it was exported");
    }

    /// <summary>What the file says beside its tensors decides answers as well.</summary>
    [Theory]
    [InlineData("classes")]
    [InlineData("epsilon")]
    [InlineData("answers")]
    public void AnotherDescriptionIsNamed(string what)
    {
        using var network = Trained(change: loaded =>
        {
            switch (what)
            {
                case "classes":
                    loaded.Classes = [.. loaded.Classes.Reverse()];
                    break;
                case "epsilon":
                    loaded.BatchNorms.First().Epsilon = 1e-3;
                    break;
                default:
                    loaded.Reference = Changed(
                        loaded.Reference!, picture => picture with { Probabilities = [.. picture.Probabilities.Reverse()] });
                    break;
            }
        });
        AssertLink(DeploymentLink.File, network, Pictures(), "isn't as it was exported");
    }

    [Fact]
    public void MissingPicturesAreNamed()
    {
        using var network = Trained();
        File.Delete(Path.Combine(_folder.File("set"), network.Reference!.Pictures[0].Name));
        AssertLink(DeploymentLink.Pictures, network, Pictures(), $"1 of {Reference.Count} reference pictures aren't in the data set");
    }

    [Fact]
    public void OtherLabelsAreNamed()
    {
        using var network = Trained();
        var name = network.Reference!.Pictures[0].Name;
        Assert.StartsWith("dark/", name, StringComparison.Ordinal);
        File.Move(Path.Combine(_folder.File("set"), name), Path.Combine(_folder.File("set"), "light", "moved" + Path.GetExtension(name)));
        AssertLink(DeploymentLink.Labels, network, Pictures(), "'light', in training 'dark'");
    }

    [Fact]
    public void AnotherPixelPathIsNamed()
    {
        using var network = Trained(change: loaded =>
            loaded.SetPixels(loaded.Pixels with { Preprocessing = Preprocessing.Caffe }, areFixed: true));
        AssertLink(
            DeploymentLink.PixelPath,
            network,
            Pictures(),
            "reads pictures as 24×24×3, Crop, Caffe, but it was trained on 24×24×3, Crop, Rescale");
    }

    [Fact]
    public void OtherPixelsOfTheSameDecoderAreNamed()
    {
        using var network = Trained();
        Change(network, picture => picture with { Pixels = "other" });
        AssertLink(
            DeploymentLink.Pixels,
            network,
            Pictures(),
            "1 of 32 pictures decode to other pixels here, though the decoder has the same version");
    }

    [Fact]
    public void OtherPixelsOfAnotherDecoderCountByTheirAnswersAlone()
    {
        using var network = Trained();
        network.SetPixels(network.Pixels with { Decoder = 1 }, areFixed: true);
        Change(network, picture => picture with { Pixels = "other" });
        Assert.True(Test(network, Pictures()).Passed);
        Change(network, picture => picture with { Probabilities = [.. picture.Probabilities.Select(p => p + 0.001f)] });
        AssertLink(DeploymentLink.Answers, network, Pictures(), "decode to other pixels with this version");
    }

    [Theory]
    [InlineData(2e-4f, false)]
    [InlineData(5e-5f, true)]
    [InlineData(float.NaN, false)]
    public void AnswersDifferWhereAProbabilityDoesByMoreThanTheTolerance(float difference, bool passes)
    {
        using var network = Trained();
        Change(network, picture => picture with { Probabilities = [.. picture.Probabilities.Select(p => p + difference)] });
        var report = Test(network, Pictures());
        Assert.Equal(passes, report.Passed);
        Assert.Equal(passes ? DeploymentLink.None : DeploymentLink.Answers, report.Link);
    }

    [Fact]
    public void AModelWithoutReferenceAnswersIsRefused()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(24, 24, 3), seed: 1);
        var error = Assert.Throws<PSTransferException>(() => new DeploymentTest(network).Run("m.safetensors", Pictures(), Token));
        Assert.Equal(FaultKind.InvalidOperation, error.Kind);
        Assert.Contains("keeps no reference answers", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What changes a model otherwise leaves no answers that aren't its own.</summary>
    [Fact]
    public void AnotherHeadForgetsTheAnswersAndARepairMakesThemAnew()
    {
        using var network = Trained();
        var before = network.Reference!;
        new BatchNormRepair(network).Run(Pictures(), token: Token);
        Assert.NotEqual(before.Pictures[0].Probabilities, network.Reference!.Pictures[0].Probabilities);
        using (var repaired = Reloaded(network))
        {
            Assert.True(Test(repaired, Pictures()).Passed);
        }

        BatchNormRepair.Undo(network);
        Assert.Same(before, network.Reference);
        network.SetHead(new Head { ClassCount = 2 }, seed: 1);
        Assert.Null(network.Reference);
    }

    /// <summary>As if training had left other answers: the hash is theirs.</summary>
    private static void Change(TransferNetwork network, Func<ReferencePicture, ReferencePicture> change)
    {
        var changed = Changed(network.Reference!, change);
        network.Reference = changed with { Hash = changed.HashOf(network) };
    }

    private static Reference Changed(Reference reference, Func<ReferencePicture, ReferencePicture> change) =>
        reference with { Pictures = [change(reference.Pictures[0]), .. reference.Pictures.Skip(1)] };

    private static DeploymentReport Test(TransferNetwork network, LabeledImages data) =>
        new DeploymentTest(network).Run("m.safetensors", data, Token);

    private static void AssertLink(DeploymentLink link, TransferNetwork network, LabeledImages data, string explanation)
    {
        var report = Test(network, data);
        Assert.Equal((false, link), (report.Passed, report.Link));
        Assert.Contains(explanation, report.Explanation, StringComparison.Ordinal);
    }

    private LabeledImages Pictures()
    {
        var set = _folder.File("set");
        if (!Directory.Exists(set))
        {
            foreach (var file in Directory.EnumerateFiles(ImageFixture.PathOf("path"), "*.png", SearchOption.AllDirectories)
                .Concat(Directory.EnumerateFiles(ImageFixture.PathOf("path"), "*.jpg", SearchOption.AllDirectories)))
            {
                var copy = Path.Combine(set, Path.GetRelativePath(ImageFixture.PathOf("path"), file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }

        return LabeledImages.Import(set, new ImageDatasetOptions(), Token);
    }

    private TransferNetwork Trained(Action<TransferNetwork>? change = null)
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(24, 24, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, seed: 2);
        new Trainer(network, new TrainingOptions { BatchSize = 16 }).Fit(Pictures(), null, Token);
        var loaded = Reloaded(network);
        change?.Invoke(loaded);
        return loaded;
    }

    private TransferNetwork Reloaded(TransferNetwork network)
    {
        ModelFile.Save(network, _folder.File("m.safetensors"), overwrite: true);
        return ModelFile.Load(_folder.File("m.safetensors"), Assert.Fail);
    }
}
