namespace PSTransfer;

/// <summary>What is done to a trained model before it is tested. All but None concern models whose training phase normalises by the batch.</summary>
public enum FreezeModeRepair
{
    /// <summary>Nothing: the model as training left it.</summary>
    None,

    /// <summary>Moving statistics are replaced by those of the training images (Repair-BatchNorm).</summary>
    Precise,

    /// <summary>The same with a prior: the old statistics keep a share (Repair-BatchNorm -Prior).</summary>
    Prior,

    /// <summary>Nothing is replaced; each batch of the inference phase is normalised by a mixture of the moving statistics and its own.</summary>
    Mixed,
}
