namespace PSTransfer;

/// <summary>The kind of file that Export-TransferModel writes.</summary>
public enum ExportFormat
{
    /// <summary>
    /// PSTransfer's own model file. It is a safetensors file with the original tensor names, so PyTorch and timm can read it, too.
    /// </summary>
    Model,

    /// <summary>The weights as a Keras .h5 file, which Keras' load_weights reads. Only for backbones in Keras' layout.</summary>
    KerasH5,

    /// <summary>
    /// The whole model as an ONNX file, from pixels to probabilities, for ONNX Runtime, ML.NET and others. It can be read back as a
    /// network, but not trained on as the same run.
    /// </summary>
    Onnx,
}
