using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Networks.Layers;

public sealed class BatchNormMixingTests
{
    // Mean 4, biased variance 5.
    private static readonly float[] Values = [1, 3, 5, 7];

    // Stored: mean 2, variance 3. gamma 2, beta 1. A quarter: mean 2.5, variance 3.5. A half: mean 3, variance 4.
    [Theory]
    [InlineData(0, new[] { -0.154701f, 2.154701f, 4.464102f, 6.773503f })]
    [InlineData(0.25, new[] { -0.603567f, 1.534522f, 3.672612f, 5.810702f })]
    [InlineData(0.5, new[] { -1f, 1f, 3f, 5f })]
    [InlineData(1, new[] { -1.683282f, 0.105573f, 1.894427f, 3.683282f })]
    public void TheInferencePhaseNormalisesByTheMixture(double share, float[] expected)
    {
        using var layer = Layer();
        layer.BatchShare = share;

        AssertNear(expected, Run(layer, ForwardPass.Inference));
        AssertNear([2], layer.ReadStatistics().Mean);
        AssertNear([3], layer.ReadStatistics().Variance);
    }

    [Fact]
    public void TheTrainingPhaseDoesWhatItsModeSays()
    {
        using var layer = Layer();
        var before = Run(layer, ForwardPass.Training());
        layer.BatchShare = 0.5;

        Assert.Equal(before, Run(layer, ForwardPass.Training()));
        layer.Mode = FreezeMode.Inference;
        AssertNear([-0.154701f, 2.154701f, 4.464102f, 6.773503f], Run(layer, ForwardPass.Training()));
    }

    private static BatchNorm Layer()
    {
        var layer = new BatchNorm("bn", channels: 1, epsilon: 1e-9, momentum: 0.1, VarianceEstimator.Unbiased);
        layer.WriteStatistics(new MovingStatistics([2], [3]));
        using var _ = no_grad();
        layer.Parameters[0].Value.fill_(2);
        layer.Parameters[1].Value.fill_(1);
        return layer;
    }

    private static float[] Run(BatchNorm layer, ForwardPass pass)
    {
        using var noGradient = no_grad();
        using var x = tensor(Values, [2, 1, 1, 2]);
        using var y = layer.Forward([x], pass);
        return y.data<float>().ToArray();
    }

    private static void AssertNear(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 2e-6));
    }
}
