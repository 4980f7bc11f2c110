using PSTransfer.Core.Tests.Backbones;
using PSTransfer.Core.Tests.Weights.KerasH5;

namespace PSTransfer.Core.Tests.Models;

public sealed class ModelExportTests : IDisposable
{
    private readonly TempFolder _folder = new();

    // Every kind of layer whose tensors Keras has under other names or in another order.
    private static readonly BackboneSpec Spec = SmallKeras.Spec with
    {
        OlderNames = null,
        Layout = g =>
        {
            var x = g.Apply(new Normalization("normalization", 3), GraphBuilder.Input);
            x = g.Conv("stem", x, 4, kernel: 3, bias: true);
            x = g.BatchNorm("stem_bn", x, scale: false);
            x = g.Relu("stem_relu", x);
            x = g.DepthwiseConv("depthwise", x, Window.Same(3));
            x = g.BatchNorm("depthwise_bn", x);
            g.SeparableConv("separable", x, 5, Window.Same(3, stride: 2));
            return null;
        },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatIsWrittenForKerasIsReadBack()
    {
        using var source = Network();
        using var target = SmallKeras.Network(Spec);
        var path = _folder.File("weights.h5");

        ModelExport.Save(source, path, ExportFormat.KerasH5, overwrite: false);
        var report = BackboneWeights.Load(target, path);

        Bits.AssertEqual(Bits.Of(source.Backbone.Layers.SelectMany(layer => layer.State)), Bits.Of(target));
        Assert.Equal(["normalization/count:0", "dense1/kernel:0", "dense1/bias:0", "logits/kernel:0", "logits/bias:0"], report.Skipped);
    }

    [Fact]
    public void NamesAndShapesAreKeras()
    {
        using var source = Network();
        var path = _folder.File("weights.h5");
        ModelExport.Save(source, path, ExportFormat.KerasH5, overwrite: false);

        using var file = KerasFile.Open(path);
        Assert.Equal(
            [
                "normalization/mean:0 3", "normalization/variance:0 3", "normalization/count:0 ",
                "stem/kernel:0 3 3 3 4", "stem/bias:0 4",
                "stem_bn/beta:0 4", "stem_bn/moving_mean:0 4", "stem_bn/moving_variance:0 4",
                "depthwise/depthwise_kernel:0 3 3 4 1",
                "depthwise_bn/gamma:0 4", "depthwise_bn/beta:0 4", "depthwise_bn/moving_mean:0 4", "depthwise_bn/moving_variance:0 4",
                "separable/depthwise_kernel:0 3 3 4 1", "separable/pointwise_kernel:0 1 1 4 5",
                "dense1/kernel:0 45 2", "dense1/bias:0 2", "logits/kernel:0 2 2", "logits/bias:0 2",
            ],
            file.Tensors.Select(tensor => $"{tensor.Name} {string.Join(' ', tensor.Shape)}"));
    }

    /// <summary>
    /// Keras flattens with the channels innermost: input (row, column, channel) of its dense layer is our (channel, row, column).
    /// </summary>
    [Fact]
    public void AFlattenedMapIsReordered()
    {
        using var source = Network();
        var path = _folder.File("weights.h5");
        ModelExport.Save(source, path, ExportFormat.KerasH5, overwrite: false);

        using var file = KerasFile.Open(path);
        var written = new float[45 * 2];
        file.Read(file.Tensors.Single(tensor => tensor.Name == "dense1/kernel:0"), written);
        var ours = source.HeadGraph!.Layers.OfType<Dense>().First().Parameters[0].Value.data<float>().ToArray();
        for (var (c, i) = (0, 0); c < 5; c++)
        {
            for (var pixel = 0; pixel < 9; pixel++, i++)
            {
                for (var unit = 0; unit < 2; unit++)
                {
                    Assert.Equal(ours[(unit * 45) + i], written[(((pixel * 5) + c) * 2) + unit]);
                }
            }
        }
    }

    [Fact]
    public void ANetworkThatKerasHasNotIsRefused()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(8, 8, 3), seed: 1);
        var error = Assert.Throws<PSTransferException>(() =>
            ModelExport.Save(network, _folder.File("weights.h5"), ExportFormat.KerasH5, overwrite: false));
        Assert.Equal((FaultKind.InvalidArgument, "Format"), (error.Kind, error.Target));
        Assert.Empty(_folder.Names());
    }

    private static TransferNetwork Network()
    {
        var network = SmallKeras.Network(Spec);
        network.SetHead(new Head { ClassCount = 2, Pooling = Pooling.Flatten, HiddenUnits = [2] }, seed: 3);
        using var _ = torch.no_grad();
        foreach (var (name, tensor) in network.State.Where(tensor => tensor.Value.dim() > 0))
        {
            using var value = Seeded.Tensor(name, tensor.shape);
            tensor.copy_(value);
        }

        return network;
    }
}
