namespace PSTransfer;

/// <summary>The number format in which a training step computes.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    Float32,

    /// <summary>
    /// Mixed precision (Kalamkar et al. 2019, arXiv 1905.12322). Feature maps and their gradients are bfloat16, which has float32's range
    /// and 8 bits of mantissa. Weights, their gradients, statistics, fully connected layers and the loss stay float32, so nothing needs
    /// scaling.
    /// </summary>
    BFloat16,
}
