namespace PSTransfer.Core.Tests.Networks;

/// <summary>One pixel, red 255, green 127.5, blue 0, through each mode, by hand.</summary>
public sealed class PreprocessingTests
{
    [Theory]
    [InlineData(Preprocessing.None, 255, 127.5, 0)]
    [InlineData(Preprocessing.Rescale, 1, 0.5, 0)]
    [InlineData(Preprocessing.Tf, 1, 0, -1)]
    [InlineData(Preprocessing.Torch, (1 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, -0.406 / 0.225)]
    [InlineData(Preprocessing.Caffe, -103.939, 127.5 - 116.779, 255 - 123.68)]
    public void EachModeIsItsFormula(Preprocessing mode, double first, double second, double third)
    {
        using var scope = torch.NewDisposeScope();
        var pixels = torch.tensor([255f, 127.5f, 0f]).reshape(1, 3, 1, 1);
        Assert.Equal(
            [first, second, third], mode.Apply(pixels).data<float>().Select(value => (double)value), (a, b) => Math.Abs(a - b) < 2e-5);
        Assert.Equal([255f, 127.5f, 0f], pixels.data<float>());
    }

    /// <summary>torchvision's Inception gets pixels prepared as all its networks do, and its transform_input makes this of them.</summary>
    [Fact]
    public void InceptionsTransformOfTorchsPixelsIsTf()
    {
        using var scope = torch.NewDisposeScope();
        var pixels = torch.tensor([255f, 127.5f, 0f]).reshape(1, 3, 1, 1);
        var x = Preprocessing.Torch.Apply(pixels).data<float>().ToArray();
        double[] transformed =
        [
            (x[0] * (0.229 / 0.5)) + ((0.485 - 0.5) / 0.5),
            (x[1] * (0.224 / 0.5)) + ((0.456 - 0.5) / 0.5),
            (x[2] * (0.225 / 0.5)) + ((0.406 - 0.5) / 0.5)
        ];
        Assert.Equal(
            transformed,
            BackboneCatalogue.Find("inceptionv3").Preprocessing.Apply(pixels).data<float>().Select(value => (double)value),
            (a, b) => Math.Abs(a - b) < 1e-6);
    }
}
