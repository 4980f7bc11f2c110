using System.Collections.Frozen;

namespace PSTransfer.Core.Weights;

/// <summary>Whose names and orders of dimensions a weight file has.</summary>
internal enum WeightConvention
{
    /// <summary>PyTorch's: layer1.0.conv1.weight; kernels out × in × height × width.</summary>
    Torch,

    /// <summary>Keras': conv1_conv/kernel; kernels height × width × in × out.</summary>
    Keras,
}

/// <summary>
/// A weight file, open for reading: opening reads what is needed to list the tensors and checks it against the file's length; numbers
/// are read when asked for, straight into their place. A reader knows nothing of networks or of TorchSharp.
/// </summary>
internal interface IWeightFile : IDisposable
{
    /// <summary>Whose names and dimensions these are.</summary>
    WeightConvention Convention { get; }

    /// <summary>The tensors, in the order of the file.</summary>
    IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The layers of Keras' model, those without weights too; null where the file doesn't list them.</summary>
    IReadOnlyCollection<string>? Layers => null;

    /// <summary>What the file itself calls its network (timm's "arch": tf_efficientnet_b0); null for nothing.</summary>
    string? Architecture => null;

    /// <summary>Names that have no numbers, since the file would have them made by a class or function that isn't called; with that one's name.</summary>
    IReadOnlyDictionary<string, string> Foreign => FrozenDictionary<string, string>.Empty;

    /// <summary>What else was found in the file and left alone; null for nothing.</summary>
    string? Note => null;

    /// <summary>The numbers of one of <see cref="Tensors"/>, row-major in its shape, widened to float32 where they are narrower.</summary>
    /// <param name="tensor">One of this file's.</param>
    /// <param name="destination">As many values as the shape says.</param>
    /// <exception cref="PSTransferException">InvalidData: the file ends too early, or the numbers are float64 or integers; the message names file and tensor.</exception>
    void Read(StoredTensor tensor, Span<float> destination);
}

/// <summary>A tensor in a weight file.</summary>
/// <param name="Name">Its whole name in the file.</param>
/// <param name="Shape">Its dimensions, in the file's order. Their product was checked against the file's length.</param>
/// <param name="DataType">What the file holds, by NumPy's names: float32, float16, bfloat16, int64...</param>
internal record StoredTensor(string Name, IReadOnlyList<long> Shape, string DataType);

/// <summary>A tensor in one of Keras' files.</summary>
/// <param name="Layer">The layer that the file lists it under; a model inside of a model is one layer there.</param>
/// <param name="Name">Its name: conv1_conv/kernel:0, conv1_conv/kernel in TensorFlow.js, conv1_W:0 in files of Keras 1.</param>
/// <param name="Shape">Keras' order: height, width, in, out for a kernel.</param>
/// <param name="DataType">By NumPy's names.</param>
/// <param name="Index">Its place among the layer's variables where the file gives numbers for names (Keras 3's vars/0); else null.</param>
internal sealed record KerasTensor(string Layer, string Name, IReadOnlyList<long> Shape, string DataType, int? Index = null) : StoredTensor(Name, Shape, DataType)
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

    /// <summary>The layer by the tensor's own name, which a model inside of a model keeps; null where the name has none.</summary>
    public string? InnerLayer => Name.Split('/') is [.., var layer, _] ? layer : null;

    /// <summary>The model inside of the file's model that it belongs to; null for none.</summary>
    public string? Model => Index is not null
        ? Name.LastIndexOf("/layers/", StringComparison.Ordinal) is > 0 and var end ? Name[..end] : null
        : InnerLayer is { } inner && inner != Layer ? Layer : null;

    /// <summary>What it is, by our names (weight, bias, running_mean, running_var, ...); null when Keras has no such name.</summary>
    public string? Role
    {
        get
        {
            var last = Name[(Name.LastIndexOf('/') + 1)..].Split(':')[0].TrimEnd("0123456789_".ToCharArray());
            return Roles.FirstOrDefault(role => last == role.Keras || last.EndsWith($"_{role.Keras}", StringComparison.Ordinal)).Ours;
        }
    }
}
