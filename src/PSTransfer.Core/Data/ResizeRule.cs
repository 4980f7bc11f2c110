namespace PSTransfer.Core.Data;

/// <summary>How an image of another size is brought to the model's. An image that has the size already keeps its bytes under every rule.</summary>
public enum ResizeRule
{
    /// <summary>
    /// Scaled to 256/224 of the size, then the centre is cut out; bilinear, antialiased: torchvision's classification transform.
    /// Sizes up to 64 have no margin: the image is scaled until it covers the size.
    /// </summary>
    Crop,

    /// <summary>Each side scaled by itself; bilinear, not antialiased: Keras' image_dataset_from_directory.</summary>
    Stretch,

    /// <summary>Scaled down until it fits (antialiased), black around it. A smaller image is not enlarged.</summary>
    Pad,
}
