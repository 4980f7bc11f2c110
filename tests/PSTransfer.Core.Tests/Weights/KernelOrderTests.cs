namespace PSTransfer.Core.Tests.Weights;

/// <summary>Sizes around those of a tile, each number in the place that the definition gives it.</summary>
public sealed class KernelOrderTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 257, 17)]
    [InlineData(1, 512, 32)]
    [InlineData(9, 3, 64)]
    [InlineData(9, 57, 33)]
    [InlineData(49, 3, 15)]
    [InlineData(9, 1, 100)]
    [InlineData(300, 2, 5)]
    public void PixelsInputsOutputsBecomeOutputsInputsPixels(int pixels, int inputs, int outputs)
    {
        float[] keras = [.. Enumerable.Range(0, pixels * inputs * outputs).Select(i => (float)i)];
        var ours = new float[keras.Length];

        Assert.True(KernelOrder.Turn(keras, ours, pixels, inputs, outputs));

        var expected = from output in Enumerable.Range(0, outputs)
                       from input in Enumerable.Range(0, inputs)
                       from pixel in Enumerable.Range(0, pixels)
                       select (float)((((pixel * inputs) + input) * outputs) + output);
        Assert.Equal(expected, ours);
    }

    [Theory]
    [InlineData(0)]
    [InlineData((9 * 57 * 33) - 1)]
    public void ANumberThatIsNotFiniteIsSeen(int at)
    {
        var keras = new float[9 * 57 * 33];
        keras[at] = float.NaN;
        Assert.False(KernelOrder.Turn(keras, new float[keras.Length], 9, 57, 33));
    }
}
