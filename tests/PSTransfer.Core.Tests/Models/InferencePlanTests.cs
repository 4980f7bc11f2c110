namespace PSTransfer.Core.Tests.Models;

public sealed class InferencePlanTests
{
    public static TheoryData<string, int> Backbones { get; } = new(
        [(
            "resnet20", 28), ("resnet50", 32), ("vgg16-bn", 32), ("mobilenetv2", 32), ("mobilenetv3-small", 32), ("densenet121", 32),
            ("inceptionv3", 75), ("efficientnet-b0", 32),
        ("regnet-y-400mf", 32), ("convnext-tiny", 32), ("keras-resnet50", 32), ("keras-resnet50v2", 32), ("keras-xception", 71),
        ("keras-mobilenet", 32), ("keras-inceptionresnetv2", 75)]);

    [Theory]
    [MemberData(nameof(Backbones))]
    public void ItGivesWhatTheLayersGive(string backbone, int size)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var network = TransferNetwork.Create(BackboneCatalogue.Find(backbone), new ImageShape(size, size, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2, Pooling = Pooling.Flatten }, 2);
        using var random = new torch.Generator(3, torch.CPU);
        foreach (var norm in network.BatchNorms)
        {
            // As created, gamma, mean and variance would cancel out of the arithmetic.
            norm.Buffers[0].Value.normal_(0, 0.2, random);
            norm.Buffers[1].Value.uniform_(0.5, 1.5, random);
            norm.Parameters[0].Value.uniform_(0.8, 1.2, random);
        }

        var pixels = torch.rand([3, 3, size, size], generator: random) * 255;
        var before = pixels.clone();
        var expected = network.Features(pixels, ForwardPass.Inference);
        var logits = network.Forward(pixels, ForwardPass.Inference);
        using var ofFeatures = new InferencePlan(network, new NetworkCut(InHead: false, network.Backbone.Nodes.Count - 1));
        using var whole = new InferencePlan(network);

        AssertClose(expected, ofFeatures.Forward(pixels));
        AssertClose(logits, whole.Forward(pixels));
        AssertClose(logits, whole.Forward(pixels));
        Assert.Equal(before.data<float>().ToArray(), pixels.data<float>().ToArray());
    }

    [Fact]
    public void ItFoldsEveryBatchNormThatFollowsAConvolution()
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet50"), new ImageShape(32, 32, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, 2);
        using var plan = new InferencePlan(network);
        Assert.Equal(53, plan.FoldedCount);
    }

    private static void AssertClose(torch.Tensor expected, torch.Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var scale = expected.abs().max().item<float>();
        Assert.True(scale > 0);
        Assert.InRange((expected - actual).abs().max().item<float>() / scale, 0, 2e-5);
    }
}
