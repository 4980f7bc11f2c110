namespace PSTransfer;

/// <summary>
/// How an image is brought to the model's size. Images that have this size already follow the rule, too, so that all are zoomed alike.
/// </summary>
public enum ResizeRule
{
    /// <summary>
    /// torchvision's classification transform: the image is scaled to 256/224 of the size (bilinear, antialiased), then the centre is cut
    /// out. Sizes up to 64 have no margin: the image is scaled until it covers the size. An image that has the size keeps its bytes.
    /// </summary>
    Crop,

    /// <summary>
    /// Keras' image_dataset_from_directory: each side is scaled on its own (bilinear, not antialiased). An image that has the size keeps
    /// its bytes.
    /// </summary>
    Stretch,

    /// <summary>
    /// The image is scaled down until it fits (antialiased), with black around it. Smaller images aren't enlarged; those that have the size
    /// keep their bytes.
    /// </summary>
    Pad,
}
