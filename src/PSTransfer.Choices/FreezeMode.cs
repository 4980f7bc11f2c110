namespace PSTransfer;

/// <summary>What "frozen" means for a layer. Core's FreezePolicy holds the table of what follows from it.</summary>
public enum FreezeMode
{
    /// <summary>Nothing is frozen.</summary>
    None,

    /// <summary>Weights fixed, BatchNorm normalises by its moving statistics in both phases (TensorFlow 2, Keras 3).</summary>
    Inference,

    /// <summary>Weights fixed, BatchNorm still normalises by the batch while training and never updates (TensorFlow 1, Keras 2.1.3 to 2.3): the trap.</summary>
    Legacy,

    /// <summary>As <see cref="Legacy"/>, and the moving statistics drift along (Keras up to 2.1.2, PyTorch's requires_grad = False).</summary>
    Drifting,

    /// <summary>Weights fixed except in BatchNorm layers, which learn and update as if nothing were frozen (fastai, Lightning).</summary>
    LiveBatchNorm,

    /// <summary>Weights learn, moving statistics are pinned and used in both phases (Keras' base_model(x, training=False)).</summary>
    Statistics,
}
