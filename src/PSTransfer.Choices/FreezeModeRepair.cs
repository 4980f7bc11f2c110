namespace PSTransfer;

/// <summary>
/// The repair of a trained model before its test. All but None concern models whose training phase normalises by the batch.
/// </summary>
public enum FreezeModeRepair
{
    /// <summary>No repair: the model stays as training left it.</summary>
    None,

    /// <summary>The moving statistics are replaced by those of the training images (Repair-BatchNorm).</summary>
    Precise,

    /// <summary>
    /// The moving statistics are mixed with those of the training images, so the old ones keep a share (Repair-BatchNorm -Prior).
    /// </summary>
    Prior,

    /// <summary>
    /// Nothing is replaced; the inference phase normalises each batch by a mixture of the moving statistics and the batch's own.
    /// </summary>
    Mixed,
}
