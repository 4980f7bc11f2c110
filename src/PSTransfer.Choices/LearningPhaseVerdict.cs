namespace PSTransfer;

/// <summary>The verdict of the learning-phase test.</summary>
public enum LearningPhaseVerdict
{
    /// <summary>The phases agree, and so do training and validation images where both were given.</summary>
    Consistent,

    /// <summary>The phases disagree on the same images: BatchNorm normalises differently in training and in evaluation.</summary>
    PhaseSkew,

    /// <summary>The phases agree, but training images do much better than validation images.</summary>
    Overfit,

    /// <summary>PhaseSkew and Overfit at once.</summary>
    Both,

    /// <summary>A gap exceeds its limit, but with so few images it may be chance.</summary>
    Undetermined,
}
