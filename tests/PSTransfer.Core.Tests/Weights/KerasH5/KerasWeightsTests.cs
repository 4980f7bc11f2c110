using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Tests.Backbones;

namespace PSTransfer.Core.Tests.Weights.KerasH5;

/// <summary>Files written by h5py, whose numbers follow a formula: every variant gives the same network.</summary>
public sealed class KerasWeightsTests
{
    [Theory]
    [InlineData("fixed.h5", SmallKeras.NewEpsilon)]
    [InlineData("variable.h5", SmallKeras.NewEpsilon)]
    [InlineData("split.h5", SmallKeras.NewEpsilon)]
    [InlineData("top.h5", SmallKeras.NewEpsilon, "probs/kernel:0", "probs/bias:0")]
    [InlineData("whole.h5", SmallKeras.NewEpsilon, "dense/kernel:0", "dense/bias:0")]
    [InlineData("nested.h5", SmallKeras.NewEpsilon, "dense_1/kernel:0", "dense_1/bias:0")]
    [InlineData("old.h5", SmallKeras.OldEpsilon)]
    [InlineData("keras1.h5", SmallKeras.OldEpsilon, "fc1000_W:0", "fc1000_b:0")]
    [InlineData("latest.h5", SmallKeras.NewEpsilon)]
    [InlineData("v108.h5", SmallKeras.NewEpsilon)]
    [InlineData("superblock1.h5", SmallKeras.NewEpsilon)]
    [InlineData("track-order.h5", SmallKeras.NewEpsilon)]
    [InlineData("dense.h5", SmallKeras.NewEpsilon)]
    [InlineData("compact.h5", SmallKeras.NewEpsilon)]
    public void EveryVariantGivesTheSameNumbers(string file, double epsilon, params string[] skipped)
    {
        using var expected = SmallKeras.Network();
        Seeded.Fill(expected);
        using var network = SmallKeras.Network();

        var report = BackboneWeights.Load(network, SmallKeras.File(file));

        Bits.AssertEqual(Bits.Of(expected), Bits.Of(network));
        Assert.All(network.BatchNorms, norm => Assert.Equal(epsilon, norm.Epsilon));
        Assert.Equal(network.State.Count(), report.Applied.Count);
        Assert.Equal(skipped, report.Skipped);
    }

    [Fact]
    public void TheContentDecidesNotTheExtension()
    {
        using var folder = new TempFolder();
        using var network = SmallKeras.Network();
        var path = folder.File("weights.safetensors", File.ReadAllBytes(SmallKeras.File("fixed.h5")));
        Assert.Equal(network.State.Count(), BackboneWeights.Load(network, path).Applied.Count);
    }

    [Theory]
    [InlineData("missing-layer.h5", "4 of 12 tensors of small are missing, first conv2_block1_1_bn.weight")]
    [InlineData("torch-order.h5", "conv1_conv/kernel:0: expected [3, 3, 3, 4], found [4, 3, 3, 3]; that is PyTorch's order")]
    [InlineData("float64.h5", "conv1_bn/gamma:0: expected float32, found float64")]
    [InlineData("int32.h5", "conv1_bn/beta:0: expected float32, found int32")]
    [InlineData("big-endian.h5", "conv1_bn/beta:0: expected float32, found float32 (big-endian)")]
    [InlineData("external-data.h5", "conv1_bn/conv1_bn/gamma:0: its numbers lie in another file, which is not opened")]
    [InlineData("chunked.h5", "conv1_conv/kernel:0: its numbers are stored Chunked")]
    [InlineData("not-keras.h5", "expected the attribute layer_names")]
    [InlineData("external.h5", "model_weights is a link into another file (external.h5), which is not followed")]
    [InlineData("circle.h5", "model_weights is a soft link (to /other), which is not followed")]
    public void AWrongFileIsNamedWithItsCause(string file, string message)
    {
        using var network = SmallKeras.Network();
        AssertRefused(network, SmallKeras.File(file), message);
    }

    /// <summary>All that the backbone wants is there; what else there is may have been inside of it, and the user is told.</summary>
    [Fact]
    public void AConvolutionOfAnotherKindIsLeftAsideWithAWarning()
    {
        using var network = SmallKeras.Network(
            SmallKeras.Spec with { Layout = g => { g.Conv("conv1_conv", GraphBuilder.Input, 4, kernel: 3, bias: true); return null; } });
        var report = BackboneWeights.Load(network, SmallKeras.File("fixed.h5"));
        Assert.Contains("conv2_block1_1_conv/kernel:0", report.Skipped);
        Assert.Contains(
            "convolutions that the backbone hasn't (conv2_block1_1_conv/kernel:0",
            Assert.Single(report.Warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public void ATorchvisionNetworkSendsToItsTwin()
    {
        using var network = SmallKeras.Network(SmallKeras.Spec with { Name = "resnet50", Family = BackboneFamily.Torch });
        AssertRefused(network, SmallKeras.File("fixed.h5"), "these are Keras weights", "Try keras-resnet50.");
    }

    [Fact]
    public void ACutFileSaysHowMuchIsMissing()
    {
        using var folder = new TempFolder();
        using var network = SmallKeras.Network();
        var whole = File.ReadAllBytes(SmallKeras.File("fixed.h5"));
        AssertRefused(
            network, folder.File("cut.h5", whole[..^1000]), $"by its header it has {whole.Length} bytes, found {whole.Length - 1000}");
    }

    /// <summary>Every layer's older name, as the published file of 2015's network has them.</summary>
    [Theory]
    [InlineData("conv1_conv", "conv1")]
    [InlineData("conv1_bn", "bn_conv1")]
    [InlineData("conv2_block1_0_conv", "res2a_branch1")]
    [InlineData("conv3_block4_2_bn", "bn3d_branch2b")]
    [InlineData("conv4_block6_3_conv", "res4f_branch2c")]
    [InlineData("conv5_block3_1_bn", "bn5c_branch2a")]
    [InlineData("conv1_relu", null)]
    [InlineData("conv2_block1_1_relu", null)]
    public void OlderNamesAreKnown(string name, string? older) =>
        Assert.Equal(older, BackboneCatalogue.Find("keras-resnet50").OlderNames!.Of(name));

    /// <summary>DenseNet's first layers were called conv1/conv and conv1/bn in the published files: groups inside of a group.</summary>
    [Fact]
    public void ALayersNameMayHaveASlash()
    {
        using var folder = new TempFolder();
        var spec =
            SmallKeras.Spec with
            {
                OlderNames = new OlderNames(
                    1e-3, name => name.StartsWith("conv1_", StringComparison.Ordinal) ? name.Replace('_', '/') : name)
            };
        using var source = SmallKeras.Network(spec);
        using var target = SmallKeras.Network(spec);
        Seeded.Fill(source);
        ModelExport.Save(source, folder.File("new.h5"), ExportFormat.KerasH5, overwrite: false);
        using (var file = KerasFile.Open(folder.File("new.h5")))
        using (var stream = File.Create(folder.File("old.h5")))
        {
            KerasH5Writer.Write(
                stream, [.. file.Tensors.Cast<KerasTensor>().GroupBy(tensor => tensor.Layer).Select(layer => new KerasLayerWeights(
                    spec.OlderNames.Of(layer.Key)!,
                    [.. layer.Select(tensor =>
                        new KerasWeight(
                            $"{spec.OlderNames.Of(layer.Key)}/{tensor.Name.Split('/')[^1]}",
                            tensor.Shape,
                            numbers => file.Read(tensor, numbers)))]))]);
        }

        BackboneWeights.Load(target, folder.File("old.h5"));

        Bits.AssertEqual(Bits.Of(source), Bits.Of(target));
        Assert.All(target.BatchNorms, norm => Assert.Equal(1e-3, norm.Epsilon));
    }

    private static void AssertRefused(TransferNetwork network, string path, params string[] named)
    {
        var error = Assert.Throws<PSTransferException>(() => BackboneWeights.Load(network, path));
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.All(named, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
