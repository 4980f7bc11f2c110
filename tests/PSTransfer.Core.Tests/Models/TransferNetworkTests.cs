namespace PSTransfer.Core.Tests.Models;

public sealed class TransferNetworkTests
{
    [Fact]
    public void ACloneIsTheSameToTheLastBit()
    {
        using var network = SmallModelFile.Network();
        using var copy = network.Clone();

        Bits.AssertEqual(Bits.Of(network), Bits.Of(copy));
        Assert.Equal((network.Name, network.Pixels), (copy.Name, copy.Pixels));
        Assert.Equal(network.Classes, copy.Classes);
        Assert.Equal(network.History, copy.History);
        Assert.Equal(network.Describe(), copy.Describe());
        Assert.Equal(
            network.BatchNorms.Select(norm => (norm.Momentum, norm.Estimator, norm.Epsilon)),
            copy.BatchNorms.Select(norm => (norm.Momentum, norm.Estimator, norm.Epsilon)));
        Assert.Equal(network.TrainableParameters, copy.TrainableParameters);
    }

    [Fact]
    public void ACloneAndItsOriginalDoNotTouchEachOther()
    {
        using var network = SmallModelFile.Network();
        var before = Bits.Of(network);
        var description = network.Describe();
        var copy = network.Clone();

        using (torch.no_grad())
        {
            foreach (var (_, tensor) in copy.State)
            {
                tensor.fill_(7);
            }
        }

        new FreezePlan { Mode = FreezeMode.Drifting, LayerPatterns = ["*"] }.Apply(copy);
        copy.BatchNorms.First().Momentum = 0.5;
        copy.Classes = ["other"];
        copy.History = [];
        copy.Dispose();

        Bits.AssertEqual(before, Bits.Of(network));
        Assert.Equal(description, network.Describe());
        Assert.Equal(1.0 / 3, network.BatchNorms.First().Momentum);
        Assert.Equal(3, network.Classes.Count);
        Assert.Equal(2, network.History.Count);
    }

    [Fact]
    public void ADisposedModelSaysSo()
    {
        var network = SmallNetwork.Create();
        network.Dispose();
        network.Dispose();

        AssertDisposed(() => network.Clone());
        AssertDisposed(() => network.Describe());
        AssertDisposed(() => network.RequireHead());
        AssertDisposed(() => network.SetHead(new Head { ClassCount = 2 }, seed: 1));
        AssertDisposed(() => network.MoveTo(torch.CPU));
        AssertDisposed(() => network.Forward(torch.zeros(1, 3, 8, 8), ForwardPass.Inference));
        AssertDisposed(() => new FreezePlan { Mode = FreezeMode.None }.Apply(network));
        AssertDisposed(() => ModelFile.Save(network, "never written", overwrite: false));
        Assert.False(File.Exists("never written"));

        static void AssertDisposed(Action action)
        {
            var error = Assert.Throws<PSTransferException>(action);
            Assert.Equal(FaultKind.InvalidOperation, error.Kind);
            Assert.Contains("'small' was disposed", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AModelWithoutAHeadSaysHowToAddOne()
    {
        using var network = TransferNetwork.Create(
            Core.Backbones.BackboneCatalogue.Find("resnet20"), new Core.Networks.ImageShape(8, 8, 3), seed: 1);
        var error = Assert.Throws<PSTransferException>(() => network.Forward(torch.zeros(1, 3, 8, 8), ForwardPass.Inference));
        Assert.Equal(FaultKind.InvalidOperation, error.Kind);
        Assert.Contains("Add-ClassifierHead", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 8, "ClassCount")]
    [InlineData(-5, 0, 8, "ClassCount")]
    [InlineData(2, 1, 8, "Dropout")]
    [InlineData(2, -0.1, 8, "Dropout")]
    [InlineData(2, double.NaN, 8, "Dropout")]
    [InlineData(2, 0, 0, "HiddenUnits")]
    public void AHeadOutOfRangeLeavesTheOldOne(int classes, double dropout, int units, string named)
    {
        using var network = SmallNetwork.Create();
        network.Classes = ["a", "b", "c"];
        var before = Bits.Of(network);

        var error = Assert.Throws<PSTransferException>(() =>
            network.SetHead(new Head { ClassCount = classes, Dropout = dropout, HiddenUnits = [units] }, seed: 1));

        Assert.Equal((FaultKind.InvalidArgument, named), (error.Kind, error.Target));
        Assert.StartsWith($"-{named}", error.Message, StringComparison.Ordinal);
        Bits.AssertEqual(before, Bits.Of(network));
        Assert.Equal(3, network.Classes.Count);
    }

    [Theory]
    [InlineData(Pooling.Average, "head.pool", 6)]
    [InlineData(Pooling.Max, "head.pool", 6)]
    [InlineData(Pooling.Flatten, "head.flatten", 6 * 4 * 4)]
    public void AHeadIsBuiltAsDescribed(Pooling pooling, string first, int features)
    {
        using var network = SmallNetwork.Create();
        network.SetHead(new Head { ClassCount = 2, Pooling = pooling, HiddenUnits = [9, 5], Dropout = 0.5 }, seed: 1);

        Assert.Equal(
            [first, "head.dense1", "head.relu1", "head.dense2", "head.relu2", "head.dropout", "head.logits"],
            network.HeadGraph!.Layers.Select(layer => layer.Name));
        Assert.Equal(
            [[9, features], [5, 9], [2, 5]], network.HeadGraph!.Layers.OfType<Dense>().Select(dense => dense.Parameters[0].Value.shape));
        Assert.Equal(
            network.HeadGraph!.Layers.OfType<Dense>().Select(dense => $"{dense.Name}.weight"),
            network.Head!.Weights(network.Backbone.OutputShape).Select(weight => weight.Name));
        using var logits = network.Forward(torch.zeros(3, 3, 8, 8), ForwardPass.Inference);
        Assert.Equal([3, 2], logits.shape);
    }

    [Fact]
    public void ANewHeadReplacesTheOldOneAndItsClasses()
    {
        using var network = SmallNetwork.Create();
        network.Classes = ["a", "b", "c"];
        network.SetHead(new Head { ClassCount = 5 }, seed: 1);
        Assert.Empty(network.Classes);
        Assert.Equal(5 * 7, network.HeadGraph!.Layers.Sum(layer => layer.Parameters.Sum(p => p.Value.numel())));
    }
}
