namespace PSTransfer;

/// <summary>How weights lie on disk.</summary>
public enum WeightFormat
{
    /// <summary>Decided by the file's first bytes.</summary>
    Auto,

    /// <summary>safetensors, with the names of PyTorch's networks; this project's own model files too.</summary>
    Safetensors,

    /// <summary>Keras' HDF5: .h5 of Keras 1 to 3, .weights.h5 of Keras 3.</summary>
    KerasH5,

    /// <summary>Keras 3's .keras.</summary>
    Keras,

    /// <summary>A layers model of TensorFlow.js: model.json and its shards.</summary>
    TensorFlowJs,

    /// <summary>PyTorch's .pth, .pt or .bin.</summary>
    PyTorch,
}
