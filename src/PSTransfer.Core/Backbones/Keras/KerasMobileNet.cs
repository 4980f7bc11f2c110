using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// MobileNet in Keras Applications' layout (Howard et al. 2017, arXiv 1704.04861, table 1): depthwise 3×3 and 1×1 convolutions in turn. A
/// strided convolution pads with zeros below and right only. BatchNorm has Keras' defaults: eps 1e-3, momentum 0.99.
/// </summary>
internal static class KerasMobileNet
{
    // For each block: channels after the 1×1 convolution, stride of the 3×3 convolution.
    private static readonly (int Channels, int Stride)[] Table =
    [
        (64, 1),
        (128, 2),
        (128, 1),
        (256, 2),
        (256, 1),
        (512, 2),
        (512, 1),
        (512, 1),
        (512, 1),
        (512, 1),
        (512, 1),
        (1024, 2),
        (1024, 1),
    ];

    public static readonly BackboneSpec Spec = new()
    {
        Name = "keras-mobilenet",
        Family = BackboneFamily.Keras,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Tf,
        Epsilon = 1e-3,
        Reference = "Howard, Zhu, Chen, Kalenichenko, Wang, Weyand, Andreetto, Adam: MobileNets: Efficient Convolutional Neural Networks "
            + "for Mobile Vision Applications, arXiv 1704.04861",
        Layout = g =>
        {
            var x = g.Apply(new Input("input_1", g.ShapeOf(GraphBuilder.Input)), GraphBuilder.Input);
            x = g.Conv("conv1", x, 32, Window.Same(3, stride: 2));
            x = NormRelu6(g, "conv1", x);
            for (var block = 1; block <= Table.Length; block++)
            {
                var (channels, stride) = Table[block - 1];
                if (stride == 2)
                {
                    x = g.Apply(new ZeroPadding($"conv_pad_{block}", top: 0, bottom: 1, left: 0, right: 1), x);
                }

                x = g.DepthwiseConv($"conv_dw_{block}", x, Window.Square(3, stride, padding: stride == 2 ? 0 : 1));
                x = NormRelu6(g, $"conv_dw_{block}", x);
                x = g.Conv($"conv_pw_{block}", x, channels, kernel: 1);
                x = NormRelu6(g, $"conv_pw_{block}", x);
            }

            return KerasLayerOrder.Of(g);
        },
    };

    private static int NormRelu6(GraphBuilder g, string name, int x)
    {
        x = g.BatchNorm($"{name}_bn", x);
        return g.Apply(new Relu6($"{name}_relu"), x);
    }
}
