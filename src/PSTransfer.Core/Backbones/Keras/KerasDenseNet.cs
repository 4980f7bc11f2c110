using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// DenseNet in Keras Applications' layout (Huang et al. 2016, arXiv 1608.06993, table 1). It is torchvision's network with eps 1.001e-5,
/// explicit padding layers and other names.
/// </summary>
internal static class KerasDenseNet
{
    private const int Growth = 32;

    public static readonly BackboneSpec DenseNet121 = Spec("keras-densenet121", 6, 12, 24, 16);

    /// <summary>A dense layer: 1×1 to four times the growth, 3×3 to the growth, joined behind the layer's input.</summary>
    private static int DenseLayer(GraphBuilder g, string name, int x)
    {
        var y = g.BatchNorm($"{name}_0_bn", x);
        y = g.Relu($"{name}_0_relu", y);
        y = g.Conv($"{name}_1_conv", y, 4 * Growth, kernel: 1);
        y = g.BatchNorm($"{name}_1_bn", y);
        y = g.Relu($"{name}_1_relu", y);
        y = g.Conv($"{name}_2_conv", y, Growth, kernel: 3, padding: 1);
        return g.Apply(new Concat($"{name}_concat"), x, y);
    }

    private static int Transition(GraphBuilder g, string name, int x)
    {
        x = g.BatchNorm($"{name}_bn", x);
        x = g.Relu($"{name}_relu", x);
        x = g.Conv($"{name}_conv", x, g.ShapeOf(x).Channels / 2, kernel: 1);
        return g.Apply(new AveragePool($"{name}_pool", Window.Square(2, stride: 2)), x);
    }

    private static BackboneSpec Spec(string name, params int[] blocks) => new()
    {
        Name = name,
        Family = BackboneFamily.Keras,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Torch,
        Epsilon = 1.001e-5,
        OlderNames = new OlderNames(1.001e-5, name => name is "conv1_conv" or "conv1_bn" ? name.Replace('_', '/') : null),
        Reference = "Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks, arXiv 1608.06993",
        Layout = g =>
        {
            var x = g.Apply(new Input("input_1", g.ShapeOf(GraphBuilder.Input)), GraphBuilder.Input);
            x = g.Apply(new ZeroPadding("zero_padding2d", 3), x);
            x = g.Conv("conv1_conv", x, 2 * Growth, kernel: 7, stride: 2);
            x = g.BatchNorm("conv1_bn", x);
            x = g.Relu("conv1_relu", x);
            x = g.Apply(new ZeroPadding("zero_padding2d_1", 1), x);
            x = g.Apply(new MaxPool("pool1", Window.Square(3, stride: 2)), x);
            for (var block = 1; block <= blocks.Length; block++)
            {
                for (var layer = 1; layer <= blocks[block - 1]; layer++)
                {
                    x = DenseLayer(g, $"conv{block + 1}_block{layer}", x);
                }

                x = block < blocks.Length ? Transition(g, $"pool{block + 1}", x) : x;
            }

            x = g.BatchNorm("bn", x);
            g.Relu("relu", x);
            return KerasLayerOrder.Of(g);
        },
    };
}
