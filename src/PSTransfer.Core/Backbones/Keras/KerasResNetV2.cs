using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// ResNet V2 in Keras Applications' layout. BatchNorm and ReLU come before the convolutions, and no activation follows an addition. A stack
/// strides in its last block, on the 3×3 convolution and on the shortcut. A convolution has a bias if no BatchNorm follows.
/// </summary>
internal static class KerasResNetV2
{
    // The names of the poolings in the stacks' last blocks. Keras numbers layers without a given name. The last stack doesn't stride.
    private static readonly string?[] Poolings = ["max_pooling2d", "max_pooling2d_1", "max_pooling2d_2", null];

    public static readonly BackboneSpec ResNet50V2 = Spec("keras-resnet50v2", 3, 4, 6, 3);

    /// <summary>A block. It strides if <paramref name="pooling"/> is given, the name of the shortcut's pooling.</summary>
    private static int Block(GraphBuilder g, string name, int x, int width, bool projects, string? pooling)
    {
        var before = g.BatchNorm($"{name}_preact_bn", x);
        before = g.Relu($"{name}_preact_relu", before);
        var shortcut = x;
        if (projects)
        {
            shortcut = g.Conv($"{name}_0_conv", before, 4 * width, kernel: 1, bias: true);
        }
        else if (pooling is not null)
        {
            shortcut = g.Apply(new MaxPool(pooling, Window.Square(1, stride: 2)), x);
        }

        x = g.Conv($"{name}_1_conv", before, width, kernel: 1);
        x = g.BatchNorm($"{name}_1_bn", x);
        x = g.Relu($"{name}_1_relu", x);
        x = g.Apply(new ZeroPadding($"{name}_2_pad", 1), x);
        x = g.Conv($"{name}_2_conv", x, width, kernel: 3, stride: pooling is null ? 1 : 2);
        x = g.BatchNorm($"{name}_2_bn", x);
        x = g.Relu($"{name}_2_relu", x);
        x = g.Conv($"{name}_3_conv", x, 4 * width, kernel: 1, bias: true);
        return g.Apply(new Add($"{name}_out"), shortcut, x);
    }

    private static BackboneSpec Spec(string name, params int[] blocks) => new()
    {
        Name = name,
        Family = BackboneFamily.Keras,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Tf,
        Epsilon = 1.001e-5,
        Reference = "He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks, arXiv 1603.05027",
        Layout = g =>
        {
            var x = g.Apply(new Input("input_1", g.ShapeOf(GraphBuilder.Input)), GraphBuilder.Input);
            x = g.Apply(new ZeroPadding("conv1_pad", 3), x);
            x = g.Conv("conv1_conv", x, 64, kernel: 7, stride: 2, bias: true);
            x = g.Apply(new ZeroPadding("pool1_pad", 1), x);
            x = g.Apply(new MaxPool("pool1_pool", Window.Square(3, stride: 2)), x);
            for (var stage = 0; stage < blocks.Length; stage++)
            {
                for (var i = 1; i <= blocks[stage]; i++)
                {
                    var last = i == blocks[stage];
                    x = Block(g, $"conv{stage + 2}_block{i}", x, 64 << stage, projects: i == 1, last ? Poolings[stage] : null);
                }
            }

            x = g.BatchNorm("post_bn", x);
            g.Relu("post_relu", x);
            return KerasLayerOrder.Of(g);
        },
    };
}
