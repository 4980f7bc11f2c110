using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Weights;
using TorchSharp;

namespace PSTransfer.Core.Models.Matching;

/// <summary>A tensor that a backbone needs from a weight file.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Key">The tensor's name in the layer: weight, bias, running_mean...</param>
/// <param name="Shape">The shape in our order: out × in × height × width for a kernel.</param>
/// <param name="IsDepthwise">Whether the tensor is a kernel with one channel per filter.</param>
/// <param name="KerasClass">Keras' name of the layer's class, in lower case: conv2d.</param>
internal sealed record WantedTensor(string Layer, string Key, IReadOnlyList<long> Shape, bool IsDepthwise, string KerasClass)
{
    /// <summary>The tensor's full name.</summary>
    public string Name => $"{Layer}.{Key}";

    /// <summary>The place of each of our dimensions in the file's order.</summary>
    public long[] Order(WeightConvention convention) => (convention, Shape.Count) switch
    {
        (WeightConvention.Keras, 4) when IsDepthwise => [2, 3, 0, 1],
        (WeightConvention.Keras, 4) => [3, 2, 0, 1],
        (WeightConvention.Keras, 2) => [1, 0],
        _ => [.. Enumerable.Range(0, Shape.Count)],
    };

    /// <summary>The tensor's shape in a file of the given convention.</summary>
    public long[] ShapeIn(WeightConvention convention)
    {
        var order = Order(convention);
        var shape = new long[Shape.Count];
        for (var i = 0; i < shape.Length; i++)
        {
            shape[order[i]] = Shape[i];
        }

        return shape;
    }

    /// <summary>
    /// All tensors of a backbone, layer by layer in the original's order. Counts are left out, since they are no weights.
    /// </summary>
    public static IReadOnlyList<WantedTensor> Of(Graph backbone) =>
    [
        .. from layer in backbone.Layers
           from tensor in layer.State
           where tensor.Value.dim() > 0
           select Of(layer, tensor.Key[(layer.Name.Length + 1)..], tensor.Value),
    ];

    /// <summary>Describes one tensor of a layer.</summary>
    public static WantedTensor Of(Layer layer, string key, torch.Tensor tensor) =>
        new(layer.Name, key, tensor.shape, key == "depthwise" || layer is Conv { IsDepthwise: true }, KerasClassOf(layer));

    private static string KerasClassOf(Layer layer) => layer switch
    {
        Conv { IsDepthwise: true } => "depthwise_conv2d",
        Conv => "conv2d",
        SeparableConv => "separable_conv2d",
        BatchNorm => "batch_normalization",
        _ => layer.Kind.ToLowerInvariant(),
    };
}
