using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// Xception in Keras Applications' layout (Chollet 2016, arXiv 1610.02357, figure 5): separable convolutions, each followed by a BatchNorm,
/// in blocks with a shortcut. BatchNorm has Keras' defaults: eps 1e-3, momentum 0.99.
/// </summary>
internal static class KerasXception
{
    private const int MiddleChannels = 728;

    public static readonly BackboneSpec Spec = new()
    {
        Name = "keras-xception",
        Family = BackboneFamily.Keras,
        DefaultImageSize = 299,
        MinimumImageSize = 71,
        Preprocessing = Preprocessing.Tf,
        Epsilon = 1e-3,
        OlderNames = new OlderNames(1e-3, KerasXceptionNames.OlderName),
        Reference = "Chollet: Xception: Deep Learning with Depthwise Separable Convolutions, arXiv 1610.02357",
        Layout = g =>
        {
            // Entry flow.
            var x = g.Apply(new Input("input_1", g.ShapeOf(GraphBuilder.Input)), GraphBuilder.Input);
            x = g.Conv("block1_conv1", x, 32, kernel: 3, stride: 2);
            x = g.BatchNorm("block1_conv1_bn", x);
            x = g.Relu("block1_conv1_act", x);
            x = g.Conv("block1_conv2", x, 64, kernel: 3);
            x = g.BatchNorm("block1_conv2_bn", x);
            x = g.Relu("block1_conv2_act", x);
            x = Reduce(g, 2, x, 128, 128, ("conv2d", "batch_normalization", "add"));
            x = Reduce(g, 3, x, 256, 256, ("conv2d_1", "batch_normalization_1", "add_1"));
            x = Reduce(g, 4, x, MiddleChannels, MiddleChannels, ("conv2d_2", "batch_normalization_2", "add_2"));

            // Middle flow.
            for (var block = 5; block <= 12; block++)
            {
                x = Middle(g, block, x);
            }

            // Exit flow.
            x = Reduce(g, 13, x, MiddleChannels, 1024, ("conv2d_3", "batch_normalization_3", "add_11"));
            x = Separable(g, "block14_sepconv1", x, 1536);
            x = g.Relu("block14_sepconv1_act", x);
            x = Separable(g, "block14_sepconv2", x, 2048);
            g.Relu("block14_sepconv2_act", x);
            return KerasLayerOrder.Of(g);
        },
    };

    /// <summary>
    /// Two separable convolutions and a pooling that halves the map. The shortcut is a strided 1×1 that Keras only numbers.
    /// </summary>
    private static int Reduce(GraphBuilder g, int block, int x, int first, int second, (string Conv, string Norm, string Add) unnamed)
    {
        var shortcut = g.Conv(unnamed.Conv, x, second, Window.Same(1, stride: 2));
        shortcut = g.BatchNorm(unnamed.Norm, shortcut);

        // In block 2 the ReLU of block 1 has been applied already.
        x = block == 2 ? x : g.Relu($"block{block}_sepconv1_act", x);
        x = Separable(g, $"block{block}_sepconv1", x, first);
        x = g.Relu($"block{block}_sepconv2_act", x);
        x = Separable(g, $"block{block}_sepconv2", x, second);
        x = g.Apply(new MaxPool($"block{block}_pool", Window.Same(3, stride: 2)), x);
        return g.Apply(new Add(unnamed.Add), x, shortcut);
    }

    /// <summary>Three separable convolutions, added to the block's input.</summary>
    private static int Middle(GraphBuilder g, int block, int x)
    {
        var shortcut = x;
        for (var i = 1; i <= 3; i++)
        {
            x = g.Relu($"block{block}_sepconv{i}_act", x);
            x = Separable(g, $"block{block}_sepconv{i}", x, MiddleChannels);
        }

        return g.Apply(new Add($"add_{block - 2}"), x, shortcut);
    }

    private static int Separable(GraphBuilder g, string name, int x, int channels)
    {
        x = g.SeparableConv(name, x, channels, Window.Same(3));
        return g.BatchNorm($"{name}_bn", x);
    }
}
