using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.HiddenCaches;

/// <summary>What is trained under hidden caches, by name. Each runs in a process of its own, since a fault kills it.</summary>
internal static class Suite
{
    /// <summary>The convolution that oneDNN can't compute backwards here. It has to die, or the machine proves nothing.</summary>
    public const string Control = "1x1 convolution with stride 2";

    // TO BE EXTENDED: one entry for every backbone of Core's catalogue, fully fine-tuned for a few steps at several image sizes.
    public static IReadOnlyDictionary<string, Action> Cases { get; } = new Dictionary<string, Action>
    {
        ["1x1 convolution of a strided slice"] = () => Train((x, w) => nn.functional.conv2d(x[.., .., TensorIndex.Slice(step: 2), TensorIndex.Slice(step: 2)].contiguous(), w)),
    };

    public static void RunControl() => Train((x, w) => nn.functional.conv2d(x, w, strides: [2, 2]));

    private static void Train(Func<Tensor, Tensor, Tensor> convolution)
    {
        foreach (int size in new[] { 8, 32, 56, 64, 112, 224 })
        {
            using var scope = NewDisposeScope();
            var x = randn(8, 64, size, size, requires_grad: true);
            var w = randn(128, 64, 1, 1, requires_grad: true);
            convolution(x, w).pow(2).mean().backward();
            if (!x.grad!.isfinite().all().item<bool>() || !w.grad!.isfinite().all().item<bool>())
                throw new InvalidOperationException($"A gradient at {size}x{size} is not finite.");
        }
    }
}
