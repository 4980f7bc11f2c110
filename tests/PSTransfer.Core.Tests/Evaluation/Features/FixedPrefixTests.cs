using PSTransfer.Core.Evaluation.Features;

namespace PSTransfer.Core.Tests.Evaluation.Features;

public sealed class FixedPrefixTests
{
    [Theory]
    [InlineData(FreezeMode.None, null, null)]
    [InlineData(FreezeMode.Inference, "head.flatten", "head.flatten")]
    [InlineData(FreezeMode.Legacy, null, "head.flatten")]
    [InlineData(FreezeMode.Drifting, null, null)]
    [InlineData(FreezeMode.LiveBatchNorm, null, null)]
    [InlineData(FreezeMode.Statistics, null, null)]
    public void ItEndsWhereSomethingLearnsMovesOrLooksAtTheBatch(FreezeMode mode, string? training, string? inference)
    {
        using var network = ResNet();
        new FreezePlan { Mode = mode }.Apply(network);
        Assert.Equal(training, FixedPrefix.Of(network, isTraining: true)?.LastLayer);
        Assert.Equal(inference, FixedPrefix.Of(network, isTraining: false)?.LastLayer);
    }

    [Fact]
    public void InsideAResidualBlockItEndsBeforeTheBlock()
    {
        using var network = ResNet();
        new FreezePlan { Mode = FreezeMode.None, LayerPatterns = ["layer3.1.conv2"] }.Apply(network);
        new FreezePlan
        {
            Mode = FreezeMode.Inference,
            LayerPatterns = ["conv1", "bn1", "layer1*", "layer2*", "layer3.0*", "layer3.1.conv1", "layer3.1.bn*"]
        }.Apply(
            network);
        var prefix = FixedPrefix.Of(network, isTraining: true)!;
        Assert.Equal("layer3.0.relu", prefix.LastLayer);
        Assert.Equal("(7, 7, 64)", prefix.OutputShape.ToString());
    }

    [Fact]
    public void DropoutEndsItInTheTrainingPhaseOnly()
    {
        using var network = SmallNetwork.Create(dropout: 0.5);
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        Assert.Equal("head.pool", FixedPrefix.Of(network, isTraining: true)!.LastLayer);
        Assert.Equal("head.dropout", FixedPrefix.Of(network, isTraining: false)!.LastLayer);
    }

    [Fact]
    public void AFirstConvolutionAloneIsNotWorthIt()
    {
        using var network = ResNet();
        new FreezePlan { Mode = FreezeMode.Inference, First = 3 }.Apply(network);
        Assert.Null(FixedPrefix.Of(network, isTraining: true));
    }

    /// <summary>By hand: SmallNetwork at 8×8 multiplies 3·4·9·64 times, then 4·6·9·16, then 6·3.</summary>
    [Fact]
    public void ItsShareIsThatOfTheMultiplications()
    {
        using var network = SmallNetwork.Create();
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        double backbone = (3 * 4 * 9 * 64) + (4 * 6 * 9 * 16);
        Assert.Equal(backbone / (backbone + 18), FixedPrefix.Of(network, isTraining: true)!.Share, 12);
    }

    /// <summary>Every backbone that can be built in no time, cut wherever it can be: the two halves are the whole.</summary>
    [Theory]
    [InlineData("resnet20", 28)]
    [InlineData("mobilenetv2", 32)]
    [InlineData("densenet121", 32)]
    [InlineData("keras-inceptionv3", 75)]
    [InlineData("efficientnet-b0", 32)]
    public void TheTwoHalvesOfANetworkGiveWhatTheWholeGives(string backbone, int size)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var network = TransferNetwork.Create(BackboneCatalogue.Find(backbone), new ImageShape(size, size, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2, Pooling = Pooling.Average }, 2);
        using var random = new torch.Generator(3, torch.CPU);
        var pixels = torch.rand([2, 3, size, size], generator: random) * 255;
        var whole = network.Forward(pixels, ForwardPass.Inference);
        var cuts = Enumerable.Range(1, network.Backbone.Nodes.Count)
            .Select(network.Backbone.LastCut)
            .Where(cut => cut >= 0)
            .Distinct()
            .ToList();

        Assert.True(cuts.Count > 5, $"{cuts.Count} cuts");
        foreach (var node in cuts.Where((_, i) => i % (cuts.Count / 5) == 0))
        {
            var cut = new NetworkCut(InHead: false, node);
            var again = network.ForwardFrom(network.ForwardTo(pixels, cut, ForwardPass.Inference), cut, ForwardPass.Inference);
            Assert.Equal(whole.data<float>().ToArray(), again.data<float>().ToArray());
        }
    }

    private static TransferNetwork ResNet()
    {
        var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(28, 28, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2, Pooling = Pooling.Flatten }, 2);
        return network;
    }
}
