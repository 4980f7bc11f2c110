namespace PSTransfer;

/// <summary>The learning phase of a forward pass, by Keras' numbers.</summary>
public enum LearningPhase
{
    /// <summary>0: BatchNorm uses its moving statistics, and dropout doesn't act.</summary>
    Inference = 0,

    /// <summary>1: each BatchNorm layer does what its freeze mode prescribes for training, and dropout acts.</summary>
    Training = 1,

    /// <summary>The phase that the framework picks by itself: training inside fit, inference in evaluation.</summary>
    Dynamic = 2,
}
