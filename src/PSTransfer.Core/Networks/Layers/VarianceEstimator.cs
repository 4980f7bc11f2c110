namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// The estimate of a batch's variance that goes into the moving variance. Normalisation always uses the biased estimate (divided by n);
/// frameworks differ only in the stored one. n is the number of values per channel, N·H·W.
/// </summary>
public enum VarianceEstimator
{
    /// <summary>The biased variance times n/(n − 1): PyTorch, tf.keras of TensorFlow 1 and 2 (fused kernel).</summary>
    Unbiased,

    /// <summary>The biased variance unchanged: Keras 3, TensorFlow.js.</summary>
    Biased,

    /// <summary>The biased variance times n/(n − (1 + eps)): standalone Keras 2.1 to 2.3 without the fused kernel.</summary>
    KerasPlain,

    /// <summary>
    /// The factor of <see cref="KerasPlain"/> times the fused kernel's n/(n − 1): standalone Keras 2.1 to 2.3 on TensorFlow, the usual
    /// set-up.
    /// </summary>
    KerasFused,
}

internal static class VarianceEstimatorExtensions
{
    /// <summary>The factor by which the biased batch variance is multiplied before it is stored.</summary>
    public static double Factor(this VarianceEstimator estimator, double count, double epsilon) => estimator switch
    {
        VarianceEstimator.Unbiased => count / (count - 1),
        VarianceEstimator.Biased => 1,
        VarianceEstimator.KerasPlain => count / (count - (1 + epsilon)),
        VarianceEstimator.KerasFused => count / (count - (1 + epsilon)) * count / (count - 1),
        _ => throw new ArgumentOutOfRangeException(nameof(estimator)),
    };
}
