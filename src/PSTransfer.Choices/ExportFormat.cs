namespace PSTransfer;

/// <summary>What Export-TransferModel writes.</summary>
public enum ExportFormat
{
    /// <summary>All of the model for this project; a safetensors file whose tensors have the original's names, for PyTorch and timm.</summary>
    Model,

    /// <summary>The weights as Keras' .h5, which Keras' load_weights reads; for backbones in Keras' layout.</summary>
    KerasH5,
}
