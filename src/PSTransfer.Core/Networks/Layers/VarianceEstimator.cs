namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// Which estimate of a batch's variance goes into the moving variance. Normalisation itself always uses the biased one (divide by n);
/// frameworks differ only in what they store. n is the number of values per channel, N·H·W.
/// </summary>
public enum VarianceEstimator
{
    /// <summary>Times n/(n − 1): PyTorch, tf.keras of TensorFlow 1 and 2 (fused kernel).</summary>
    Unbiased,

    /// <summary>As it is: Keras 3, TensorFlow.js.</summary>
    Biased,

    /// <summary>Times n/(n − (1 + eps)): standalone Keras 2.1 to 2.3 where it doesn't run fused.</summary>
    KerasPlain,

    /// <summary>The factor of <see cref="KerasPlain"/> on top of the fused kernel's n/(n − 1): standalone Keras 2.1 to 2.3 on TensorFlow, as people ran it.</summary>
    KerasFused,
}

internal static class VarianceEstimatorExtensions
{
    /// <summary>What the biased batch variance is multiplied by before it is stored.</summary>
    public static double Factor(this VarianceEstimator estimator, double count, double epsilon) => estimator switch
    {
        VarianceEstimator.Unbiased => count / (count - 1),
        VarianceEstimator.Biased => 1,
        VarianceEstimator.KerasPlain => count / (count - (1 + epsilon)),
        VarianceEstimator.KerasFused => count / (count - (1 + epsilon)) * count / (count - 1),
        _ => throw new ArgumentOutOfRangeException(nameof(estimator)),
    };
}
