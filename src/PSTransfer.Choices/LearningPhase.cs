namespace PSTransfer;

/// <summary>The learning phase of a forward pass, by Keras' numbers.</summary>
public enum LearningPhase
{
    /// <summary>0: moving statistics, no dropout.</summary>
    Inference = 0,

    /// <summary>1: each BatchNorm layer does what its freeze mode says for training; dropout acts.</summary>
    Training = 1,

    /// <summary>What the framework picks by itself: training inside fit, inference in evaluation.</summary>
    Dynamic = 2,
}
