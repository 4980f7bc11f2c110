namespace PSTransfer;

/// <summary>What "frozen" means for a layer. FreezePolicy in Core holds the table of consequences.</summary>
public enum FreezeMode
{
    /// <summary>Nothing is frozen.</summary>
    None,

    /// <summary>Weights are fixed; BatchNorm normalises by its moving statistics in both phases (TensorFlow 2, Keras 3).</summary>
    Inference,

    /// <summary>
    /// The trap: weights are fixed, but in training BatchNorm normalises by the batch and never updates (TensorFlow 1, Keras 2.1.3 to 2.3).
    /// </summary>
    Legacy,

    /// <summary>
    /// Like <see cref="Legacy"/>, but the moving statistics drift along (Keras up to 2.1.2, PyTorch's requires_grad = False).
    /// </summary>
    Drifting,

    /// <summary>
    /// Weights are fixed except in BatchNorm layers, which learn and update as if nothing were frozen (fastai, Lightning).
    /// </summary>
    LiveBatchNorm,

    /// <summary>Weights learn; moving statistics are fixed and used in both phases (Keras' base_model(x, training=False)).</summary>
    Statistics,
}
