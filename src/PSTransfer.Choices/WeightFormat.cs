namespace PSTransfer;

/// <summary>How weights are stored on disk.</summary>
public enum WeightFormat
{
    /// <summary>PSTransfer decides by the file's first bytes.</summary>
    Auto,

    /// <summary>safetensors with the names of PyTorch's networks; PSTransfer's own model files, too.</summary>
    Safetensors,

    /// <summary>Keras' HDF5 files: .h5 of Keras 1 to 3 and .weights.h5 of Keras 3.</summary>
    KerasH5,

    /// <summary>The .keras archive of Keras 3.</summary>
    Keras,

    /// <summary>A layers model of TensorFlow.js: model.json and its shards.</summary>
    TensorFlowJs,

    /// <summary>PyTorch's .pth, .pt or .bin file.</summary>
    PyTorch,
}
