namespace PSTransfer;

/// <summary>How pixels from 0 to 255 are scaled for a backbone's weights, by the names of Keras' modes.</summary>
public enum Preprocessing
{
    /// <summary>No change: the network rescales pixels itself.</summary>
    None,

    /// <summary>x / 255.</summary>
    Rescale,

    /// <summary>x / 255, then ImageNet's mean (0.485, 0.456, 0.406) and deviation (0.229, 0.224, 0.225) per channel.</summary>
    Torch,

    /// <summary>x / 127.5 − 1.</summary>
    Tf,

    /// <summary>RGB to BGR, minus (103.939, 116.779, 123.68), no scaling.</summary>
    Caffe,
}
