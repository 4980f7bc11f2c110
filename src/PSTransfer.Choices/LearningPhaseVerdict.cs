namespace PSTransfer;

/// <summary>What the learning-phase test finds.</summary>
public enum LearningPhaseVerdict
{
    /// <summary>The phases agree, and so do training and validation images as far as they were given.</summary>
    Consistent,

    /// <summary>The phases disagree on the same images: BatchNorm normalises differently in training and in evaluation.</summary>
    PhaseSkew,

    /// <summary>The phases agree, and training images fare much better than validation images.</summary>
    Overfit,

    /// <summary>PhaseSkew and Overfit at once.</summary>
    Both,

    /// <summary>A gap is beyond its limit, but so few images were seen that it may be chance.</summary>
    Undetermined,
}
