using PSTransfer.Core.Backbones;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.HiddenCaches;

/// <summary>What is trained under hidden caches, by name. Each runs in a process of its own, since a fault kills it.</summary>
internal static class Suite
{
    /// <summary>The convolution that oneDNN can't compute backwards here. It has to die, or the machine proves nothing.</summary>
    public const string Control = "1x1 convolution with stride 2";

    private static readonly int[] Sizes = [32, 75, 224];

    /// <summary>Every backbone, fully fine-tuned: nothing is frozen, so every convolution's backward pass runs.</summary>
    public static IReadOnlyDictionary<string, Action> Cases { get; } =
        BackboneCatalogue.All.ToDictionary(spec => spec.Name, spec => (Action)(() => FineTune(spec)));

    public static void RunControl() => Train((x, w) => nn.functional.conv2d(x, w, strides: [2, 2]));

    private static void FineTune(BackboneSpec spec)
    {
        foreach (int size in Sizes.Where(size => size >= spec.MinimumImageSize))
        {
            using var network = TransferNetwork.Create(spec, new ImageShape(size, size, 3), seed: 1);
            network.SetHead(new Head { ClassCount = 2 }, seed: 1);
            using var optimizer = optim.SGD(network.Layers.SelectMany(layer => layer.Parameters).Select(p => p.Value).ToList(), 1e-3);
            using var random = new Generator(1);
            for (int step = 0; step < 3; step++)
            {
                using var scope = NewDisposeScope();
                var logits = network.Forward(rand(4, 3, size, size, generator: random) * 255, ForwardPass.Fit(random));
                var loss = nn.functional.cross_entropy(logits, arange(4, dtype: int64) % 2);
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
                if (!loss.isfinite().item<bool>())
                    throw new InvalidOperationException($"The loss of {spec.Name} at {size}x{size} is not finite.");
            }
        }
    }

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
