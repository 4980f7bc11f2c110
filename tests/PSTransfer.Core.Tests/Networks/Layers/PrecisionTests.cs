namespace PSTransfer.Core.Tests.Networks.Layers;

public sealed class PrecisionTests
{
    [Theory]
    [InlineData(Precision.Float32, 1.00390625f)]
    [InlineData(Precision.BFloat16, 1f)] // 8 bits of mantissa have no room for 1 + 2⁻⁸
    public void AWeightIsRoundedForThePassAloneAndItsGradientIsFloat32(Precision precision, float expected)
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(1, torch.CPU);
        var pixel = new FeatureShape(1, 1, 1);
        var g = new GraphBuilder(pixel);
        g.Conv("conv", GraphBuilder.Input, 1, kernel: 1);
        using var graph = new Graph(pixel, g.Nodes, [g.Nodes[0].Layer]);
        var weight = g.Nodes[0].Layer.Parameters[0].Value;
        using (torch.no_grad())
        {
            weight.fill_(1.00390625f);
        }

        var y = graph.Forward(torch.ones(1, 1, 1, 1), ForwardPass.Fit(random, precision)).In(Precision.Float32);
        y.sum().backward();

        Assert.Equal(expected, y.item<float>());
        Assert.Equal(1.00390625f, weight.item<float>());
        Assert.Equal(torch.float32, weight.grad!.dtype);
        Assert.Equal(1, weight.grad!.item<float>());
    }

    [Fact]
    public void AFullyConnectedLayerStaysFloat32()
    {
        using var scope = torch.NewDisposeScope();
        var layer = new Dense("dense", 1, 1);
        using (torch.no_grad())
        {
            layer.Parameters[0].Value.fill_(1.00390625f);
        }

        Assert.Equal(1.00390625f, layer.Forward([torch.ones(1, 1, torch.bfloat16)], ForwardPass.Inference).item<float>());
    }

    [Theory]
    [InlineData("resnet18", 32)]
    [InlineData("densenet121", 32)] // Concat
    [InlineData("mobilenetv3-small", 32)] // squeeze and excitation, hard swish
    [InlineData("convnext-tiny", 32)] // LayerNorm, LayerScale, ChannelDense
    [InlineData("keras-efficientnetb0", 32)] // Rescaling, Normalization
    [InlineData("keras-xception", 71)] // SeparableConv
    public void NoLayerFallsBackToFloat32AndEveryWeightGetsAGradient(string backbone, int side)
    {
        using var scope = torch.NewDisposeScope();
        using var network = TransferNetwork.Create(BackboneCatalogue.Find(backbone), new ImageShape(side, side, 3), seed: 1);
        using var random = new torch.Generator(1, torch.CPU);
        var pixels = torch.rand([4, 3, side, side], generator: random).mul(255);
        var exact = network.Features(pixels, ForwardPass.Inference);

        // By moving statistics: over the few values of so small maps, normalising by the batch would blow the rounding up.
        var features = network.Features(pixels, ForwardPass.Inference with { Precision = Precision.BFloat16 });
        features.In(Precision.Float32).sum().backward();

        Assert.Equal(torch.bfloat16, features.dtype);
        Assert.InRange((features.In(Precision.Float32) - exact).norm().item<float>() / exact.norm().item<float>(), 1e-5, 0.15);
        Assert.All(
            network.Backbone.Layers.SelectMany(layer => layer.Parameters),
            parameter =>
                Assert.True(
                    parameter.Value.grad is { } gradient && gradient.dtype == torch.float32 && gradient.isfinite().all().item<bool>()));
    }
}
