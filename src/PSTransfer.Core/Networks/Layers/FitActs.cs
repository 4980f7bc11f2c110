namespace PSTransfer.Core.Networks.Layers;

/// <summary>What a BatchNorm layer did in steps of fit: written down where it is done, not derived from the mode, so that the two can be compared.</summary>
[Flags]
internal enum FitActs
{
    /// <summary>No step of fit came by.</summary>
    None = 0,

    /// <summary>Normalised by the mini-batch.</summary>
    NormalizedByBatch = 1,

    /// <summary>Normalised by the moving statistics.</summary>
    NormalizedByMoving = 2,

    /// <summary>Moved the moving statistics.</summary>
    MovedStatistics = 4,

    /// <summary>Left the moving statistics as they were.</summary>
    KeptStatistics = 8,

    /// <summary>Gave gamma and beta no gradients.</summary>
    LearntNothing = 16,
}
