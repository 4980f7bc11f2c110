namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// What a BatchNorm layer did in steps of fit. The layer records its acts itself instead of deriving them from the mode, so that the two
/// can be compared.
/// </summary>
[Flags]
internal enum FitActs
{
    /// <summary>The layer took part in no step of fit.</summary>
    None = 0,

    /// <summary>The layer normalised by the mini-batch.</summary>
    NormalizedByBatch = 1,

    /// <summary>The layer normalised by the moving statistics.</summary>
    NormalizedByMoving = 2,

    /// <summary>The layer moved the moving statistics.</summary>
    MovedStatistics = 4,

    /// <summary>The layer left the moving statistics unchanged.</summary>
    KeptStatistics = 8,

    /// <summary>The layer gave gamma and beta no gradients.</summary>
    LearntNothing = 16,
}
