namespace PSTransfer;

/// <summary>How an image is brought to the model's size. The rule holds for images that have the size already, too: one rule, one zoom.</summary>
public enum ResizeRule
{
    /// <summary>
    /// Scaled to 256/224 of the size, then the centre is cut out; bilinear, antialiased: torchvision's classification transform.
    /// Sizes up to 64 have no margin: the image is scaled until it covers the size, and one that has the size keeps its bytes.
    /// </summary>
    Crop,

    /// <summary>Each side scaled by itself; bilinear, not antialiased: Keras' image_dataset_from_directory. An image that has the size keeps its bytes.</summary>
    Stretch,

    /// <summary>Scaled down until it fits (antialiased), black around it. A smaller image is not enlarged, and one that has the size keeps its bytes.</summary>
    Pad,
}
