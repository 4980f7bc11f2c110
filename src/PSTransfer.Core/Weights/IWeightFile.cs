using System.Collections.Frozen;

namespace PSTransfer.Core.Weights;

/// <summary>The framework whose names and orders of dimensions a weight file has.</summary>
internal enum WeightConvention
{
    /// <summary>PyTorch's convention: layer1.0.conv1.weight; kernels out × in × height × width.</summary>
    Torch,

    /// <summary>Keras' convention: conv1_conv/kernel; kernels height × width × in × out.</summary>
    Keras,
}

/// <summary>
/// A weight file, open for reading. Opening reads what is needed to list the tensors, and checks it against the file's length. Numbers are
/// read on demand, straight into their place. A reader knows nothing of networks or of TorchSharp.
/// </summary>
internal interface IWeightFile : IDisposable
{
    /// <summary>The framework whose names and dimensions the file has.</summary>
    WeightConvention Convention { get; }

    /// <summary>The tensors, in the order of the file.</summary>
    IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>All layers of Keras' model, including those without weights; null if the file doesn't list them.</summary>
    IReadOnlyCollection<string>? Layers => null;

    /// <summary>The network's name in the file itself (timm's "arch": tf_efficientnet_b0); null if there is none.</summary>
    string? Architecture => null;

    /// <summary>
    /// The names without numbers, each with the class or function that the file would have make them. It is never called.
    /// </summary>
    IReadOnlyDictionary<string, string> Foreign => FrozenDictionary<string, string>.Empty;

    /// <summary>A note on content that was found in the file and left alone; null for none.</summary>
    string? Note => null;

    /// <summary>
    /// Reads the numbers of one of <see cref="Tensors"/>, row-major in its shape. Narrower numbers are widened to float32.
    /// </summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="destination">Receives the numbers; as many values as the shape says.</param>
    /// <exception cref="PSTransferException">InvalidData: the file ends too early, or the numbers are float64 or integers. The message
    /// names file and tensor.</exception>
    void Read(StoredTensor tensor, Span<float> destination);
}

/// <summary>A tensor in a weight file.</summary>
/// <param name="Name">The tensor's full name in the file.</param>
/// <param name="Shape">The dimensions, in the file's order. Their product was checked against the file's length.</param>
/// <param name="DataType">The type of the stored numbers, by NumPy's names: float32, float16, bfloat16, int64...</param>
internal record StoredTensor(string Name, IReadOnlyList<long> Shape, string DataType);

/// <summary>A tensor in one of Keras' files.</summary>
/// <param name="Layer">The layer under which the file lists the tensor. A model inside a model counts as one layer.</param>
/// <param name="Name">The tensor's name: conv1_conv/kernel:0, conv1_conv/kernel in TensorFlow.js, conv1_W:0 in files of Keras 1.</param>
/// <param name="Shape">The shape in Keras' order: height, width, in, out for a kernel.</param>
/// <param name="DataType">The type by NumPy's names.</param>
/// <param name="Index">The number of the variable in its layer, if the file has numbers for names (Keras 3's vars/0); else null.</param>
internal sealed record KerasTensor(string Layer, string Name, IReadOnlyList<long> Shape, string DataType, int? Index = null)
    : StoredTensor(Name, Shape, DataType)
{
    // Keras 1 called the variance a deviation (running_std), but stored the variance.
    private static readonly (string Keras, string Ours)[] Roles =
    [
        ("depthwise_kernel", "depthwise"), ("pointwise_kernel", "pointwise"),
        ("kernel", "weight"), ("W", "weight"), ("gamma", "weight"),
        ("bias", "bias"), ("b", "bias"), ("beta", "bias"),
        ("moving_mean", "running_mean"), ("running_mean", "running_mean"),
        ("moving_variance", "running_var"), ("running_std", "running_var"),
        ("mean", "mean"), ("variance", "variance"),
    ];

    /// <summary>The layer in the tensor's own name, which is kept even in a model inside a model; null if the name has none.</summary>
    public string? InnerLayer => Name.Split('/') is [.., var layer, _] ? layer : null;

    /// <summary>The model inside the file's model to which the tensor belongs; null for none.</summary>
    public string? Model => Index is not null
        ? Name.LastIndexOf("/layers/", StringComparison.Ordinal) is > 0 and var end ? Name[..end] : null
        : InnerLayer is { } inner && inner != Layer ? Layer : null;

    /// <summary>The tensor's role by our names (weight, bias, running_mean, running_var, ...); null if Keras has no such name.</summary>
    public string? Role
    {
        get
        {
            var last = Name[(Name.LastIndexOf('/') + 1)..].Split(':')[0].TrimEnd("0123456789_".ToCharArray());
            return Roles.FirstOrDefault(role => last == role.Keras || last.EndsWith($"_{role.Keras}", StringComparison.Ordinal)).Ours;
        }
    }
}
