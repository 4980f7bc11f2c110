using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PSTransfer.Core.Models.Onnx;

namespace PSTransfer.Core.Tests.Models;

/// <summary>
/// ONNX Runtime gives the answers of every backbone from the file that Export-TransferModel writes, and so does the file read back.
/// </summary>
public sealed class OnnxExportTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Backbones() => [.. BackboneCatalogue.All.Select(spec => spec.Name)];

    [Theory]
    [MemberData(nameof(Backbones))]
    public void OnnxRuntimeAnswersAlikeForEachBackbone(string name)
    {
        var spec = BackboneCatalogue.Find(name);
        foreach (var (more, images) in ((int, int)[])[(0, 7), (11, 1)])
        {
            using var network = Network(spec, new ImageShape(spec.MinimumImageSize + more, spec.MinimumImageSize, 3));
            var path = _folder.File("model.onnx");
            ModelExport.Save(network, path, ExportFormat.Onnx, overwrite: true);

            AssertAnswersAgree(network, path, images, 1e-5);
            if (more == 0)
            {
                using var back = new OnnxImport { Path = path, KeepsClassifier = true }.Create(
                    _ => { }, warning => Assert.Contains("no BatchNorm layer", warning, StringComparison.Ordinal));
                AssertSame(network, back, images);
            }
        }
    }

    [Theory]
    [InlineData("resnet20", FreezeMode.None)]
    [InlineData("resnet20", FreezeMode.Inference)]
    [InlineData("densenet121", FreezeMode.None)]
    [InlineData("keras-xception", FreezeMode.None)]
    public void BatchNormIsFoldedIfAsked(string name, FreezeMode mode)
    {
        var spec = BackboneCatalogue.Find(name);
        using var network = Network(spec, new ImageShape(spec.MinimumImageSize, spec.MinimumImageSize, 3));
        new FreezePlan { Mode = mode }.Apply(network);
        ModelExport.Save(network, _folder.File("kept.onnx"), ExportFormat.Onnx, overwrite: false);
        ModelExport.Save(network, _folder.File("folded.onnx"), ExportFormat.Onnx, overwrite: false, folds: true);

        AssertAnswersAgree(network, _folder.File("folded.onnx"), 2, 2e-5);
        Assert.True(
            Operators(_folder.File("folded.onnx")).Count(kind => kind == "BatchNormalization")
            < Operators(_folder.File("kept.onnx")).Count(kind => kind == "BatchNormalization"));
    }

    [Theory]
    [InlineData(1, Pooling.Average)]
    [InlineData(3, Pooling.Max)]
    [InlineData(2, Pooling.Flatten)]
    public void EachHeadGivesProbabilitiesOfItsClasses(int classes, Pooling pooling)
    {
        using var network = Network(BackboneCatalogue.Find("resnet20"), new ImageShape(16, 12, 3));
        network.SetHead(new Head { ClassCount = classes, Pooling = pooling, HiddenUnits = [5], Dropout = 0.3 }, seed: 3);
        network.Classes = classes == 3 ? ["ä", "b\n", "魚"] : ["no", "yes"];
        network.SetPixels(network.Pixels with { Resize = ResizeRule.Pad }, areFixed: true);
        ModelExport.Save(network, _folder.File("m.onnx"), ExportFormat.Onnx, overwrite: false);

        AssertAnswersAgree(network, _folder.File("m.onnx"), 3, 1e-5);
        using var back = new OnnxImport { Path = _folder.File("m.onnx"), KeepsClassifier = true }.Create(_ => { }, Assert.Fail);
        Assert.Equal(network.Classes, back.Classes);
        Assert.Equal(ResizeRule.Pad, back.Pixels.Resize);
        Assert.Equal(classes, back.Head!.ClassCount);
    }

    [Fact]
    public void AnotherFormatFoldsNothing()
    {
        using var network = SmallModelFile.Network();
        var error = Assert.Throws<PSTransferException>(
            () => ModelExport.Save(network, _folder.File("m.pst"), ExportFormat.Model, overwrite: false, folds: true));
        Assert.Contains("-FoldBatchNorm is for ONNX files", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A network with a head and statistics unlike those of a new one.</summary>
    private static TransferNetwork Network(BackboneSpec spec, ImageShape shape)
    {
        var network = TransferNetwork.Create(spec, shape, seed: 5);
        network.SetHead(new Head { ClassCount = 3 }, seed: 6);
        network.Classes = ["a", "b", "c"];
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var random = new torch.Generator(7, torch.CPU);
        foreach (var norm in network.BatchNorms)
        {
            norm.Buffers[0].Value.normal_(0, 0.1, random);
            norm.Buffers[1].Value.uniform_(0.8, 1.3, random);
        }

        return network;
    }

    private static float[] Pixels(TransferNetwork network, int images)
    {
        var random = new Random(8);
        return [.. Enumerable.Range(0, images * network.InputShape.ByteCount).Select(_ => (float)random.Next(256))];
    }

    private static (float[] Logits, float[] Probabilities) Ours(TransferNetwork network, float[] pixels, int images)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var shape = network.InputShape;
        var x = torch.tensor(pixels, device: torch.CPU).reshape(images, shape.Channels, shape.Height, shape.Width);
        var logits = network.Forward(x, ForwardPass.Inference);
        var probabilities = network.Head!.ClassCount == 1
            ? torch.cat([1 - logits.sigmoid(), logits.sigmoid()], 1)
            : logits.softmax(1);
        return (logits.data<float>().ToArray(), probabilities.contiguous().data<float>().ToArray());
    }

    private static void AssertAnswersAgree(TransferNetwork network, string path, int images, double tolerance)
    {
        var pixels = Pixels(network, images);
        var (logits, probabilities) = Ours(network, pixels, images);
        using var session = new InferenceSession(path);
        var shape = network.InputShape;
        using var results = session.Run(
            [NamedOnnxValue.CreateFromTensor("pixels", new DenseTensor<float>(pixels, [images, shape.Channels, shape.Height, shape.Width]))
            ]);

        AssertClose(logits, [.. results.Single(value => value.Name == "logits").AsEnumerable<float>()], tolerance);
        AssertClose(probabilities, [.. results.Single(value => value.Name == "probabilities").AsEnumerable<float>()], tolerance);
    }

    private static void AssertSame(TransferNetwork network, TransferNetwork back, int images)
    {
        var pixels = Pixels(network, images);
        AssertClose(Ours(network, pixels, images).Logits, Ours(back, pixels, images).Logits, 1e-5);

        // ONNX lists layers in the order of execution.
        Assert.Equal(network.BatchNorms.Select(norm => norm.Name).Order(), back.BatchNorms.Select(norm => norm.Name).Order());
        foreach (var mode in Enum.GetValues<FreezeMode>())
        {
            new FreezePlan { Mode = mode }.Apply(network);
            new FreezePlan { Mode = mode }.Apply(back);
            Assert.Equal(
                network.BatchNorms.Select(norm => (norm.Name, norm.Learns, norm.NormalizesBy, norm.UpdatesStatistics)).Order(),
                back.BatchNorms.Select(norm => (norm.Name, norm.Learns, norm.NormalizesBy, norm.UpdatesStatistics)).Order());
            Assert.Equal(network.TrainableParameters, back.TrainableParameters);
        }
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance * largest));
    }

    private static IEnumerable<string> Operators(string path) =>
        Core.Weights.Onnx.OnnxFile.Open(path).Model.Graph.Node.Select(node => node.OpType);
}
