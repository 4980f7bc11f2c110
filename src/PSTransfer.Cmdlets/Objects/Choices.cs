namespace PSTransfer;

// What parameters choose from. Core has the same names in enums of its own (a test compares them): a cmdlet's members may not be of
// Core's types, since PowerShell reflects over them at import, before Core can be found.

/// <summary>How a data set lies on disk.</summary>
public enum DatasetFormat
{
    /// <summary>Decided by what the path holds.</summary>
    Auto,

    /// <summary>A folder with one subfolder per class.</summary>
    ImageFolder,

    /// <summary>CIFAR-10, binary version.</summary>
    Cifar10,

    /// <summary>CIFAR-100, binary version.</summary>
    Cifar100,

    /// <summary>IDX, the format of MNIST and Fashion-MNIST.</summary>
    Idx,

    /// <summary>A table of image files and labels.</summary>
    Table,
}

/// <summary>How weights lie on disk.</summary>
public enum WeightFormat
{
    /// <summary>Decided by the file's first bytes.</summary>
    Auto,

    /// <summary>safetensors.</summary>
    Safetensors,

    /// <summary>Keras' .h5 and .weights.h5.</summary>
    KerasH5,

    /// <summary>Keras 3's .keras.</summary>
    Keras,

    /// <summary>A TensorFlow.js layers model.</summary>
    TensorFlowJs,

    /// <summary>PyTorch's .pth, .pt or .bin.</summary>
    PyTorch,
}

/// <summary>What Export-TransferModel writes.</summary>
public enum ExportFormat
{
    /// <summary>All of the model, as safetensors with the original's names.</summary>
    Model,

    /// <summary>The weights as Keras' .h5.</summary>
    KerasH5,
}

/// <summary>What Export-TrainingReport writes.</summary>
public enum ReportFormat
{
    /// <summary>One file for a browser.</summary>
    Html,

    /// <summary>Text with tables; charts as SVG files beside it.</summary>
    Markdown,

    /// <summary>The figures.</summary>
    Json,
}

/// <summary>How an image of another size is brought to the size wanted.</summary>
public enum ResizeRule
{
    /// <summary>Scale the shorter side, cut the middle out (torchvision).</summary>
    Crop,

    /// <summary>Scale both sides, whatever the proportions (Keras).</summary>
    Stretch,

    /// <summary>Scale down to fit, fill up with zeros.</summary>
    Pad,
}

/// <summary>How the backbone's maps become a vector.</summary>
public enum Pooling
{
    /// <summary>The mean over each map.</summary>
    Average,

    /// <summary>The maximum over each map.</summary>
    Max,

    /// <summary>All values.</summary>
    Flatten,
}

/// <summary>What "frozen" means.</summary>
public enum FreezeMode
{
    /// <summary>Nothing is frozen.</summary>
    None,

    /// <summary>Weights fixed, moving statistics in both phases: TensorFlow 2, Keras 3.</summary>
    Inference,

    /// <summary>Weights fixed, batch statistics while training: TensorFlow 1, the trap.</summary>
    Legacy,

    /// <summary>As Legacy, and the moving statistics drift: Keras up to 2.1.2, PyTorch.</summary>
    Drifting,

    /// <summary>Only BatchNorm learns: fastai, Lightning.</summary>
    LiveBatchNorm,

    /// <summary>Weights learn, statistics are pinned: base_model(x, training=False).</summary>
    Statistics,
}

/// <summary>The learning phase of a forward pass.</summary>
public enum LearningPhase
{
    /// <summary>0.</summary>
    Inference,

    /// <summary>1.</summary>
    Training,

    /// <summary>What the framework picks by itself.</summary>
    Dynamic,
}

/// <summary>The rule that turns gradients into steps.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent.</summary>
    SGD,

    /// <summary>Adam.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,
}

/// <summary>How the learning rate changes over the run.</summary>
public enum ScheduleKind
{
    /// <summary>It doesn't.</summary>
    Constant,

    /// <summary>Down by a factor every few epochs.</summary>
    Step,

    /// <summary>Half a cosine down to 0.</summary>
    Cosine,

    /// <summary>Up, then down to almost nothing.</summary>
    OneCycle,

    /// <summary>Down by a factor whenever the validation loss no longer falls.</summary>
    Plateau,
}

/// <summary>What a training step computes in.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    Float32,

    /// <summary>Maps in bfloat16; weights, statistics and the loss in float32.</summary>
    BFloat16,
}

/// <summary>What is minimised.</summary>
public enum LossKind
{
    /// <summary>What fits the head.</summary>
    Auto,

    /// <summary>Softmax cross entropy.</summary>
    CategoricalCrossEntropy,

    /// <summary>Sigmoid cross entropy on one logit.</summary>
    BinaryCrossEntropy,
}

/// <summary>Which layers Measure-BatchNormDrift gives the data's statistics to see what accuracy returns.</summary>
public enum DriftAttribution
{
    /// <summary>None; accuracy isn't measured.</summary>
    None,

    /// <summary>Each layer alone.</summary>
    Layer,

    /// <summary>Each layer with all before it.</summary>
    Prefix,

    /// <summary>Each layer with all after it.</summary>
    Suffix,
}

/// <summary>What Compare-FreezeMode does to a trained copy before it tests it.</summary>
public enum FreezeModeRepair
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>As Repair-BatchNorm over the training images.</summary>
    Precise,

    /// <summary>The same with a prior.</summary>
    Prior,

    /// <summary>Batch and moving statistics mixed in the inference phase.</summary>
    Mixed,
}

internal static class Choice
{
    /// <summary>The value of the same name in Core's enum.</summary>
    public static T To<T>(this Enum value)
        where T : struct, Enum => Enum.Parse<T>(value.ToString());

    /// <summary>The same for a choice that may be left out.</summary>
    public static T? ToOptional<T>(this Enum? value)
        where T : struct, Enum => value?.To<T>();
}
