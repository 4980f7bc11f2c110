using System.Globalization;
using System.Text.RegularExpressions;
using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// ResNet in Keras Applications' layout ("v1"): convolutions with a bias, explicit padding layers, eps 1.001e-5. The stride of a block is
/// on its first 1×1 convolution and on the shortcut. torchvision's network of the same name is a different one.
/// </summary>
internal static partial class KerasResNet
{
    // The two deeper networks never had other names.
    public static readonly BackboneSpec ResNet50 = Spec("keras-resnet50", 3, 4, 6, 3) with
    {
        OlderNames = new OlderNames(1e-3, OlderName, ", and the first pooling is padded, as in Keras since"),
    };

    public static readonly BackboneSpec ResNet101 = Spec("keras-resnet101", 3, 4, 23, 3);
    public static readonly BackboneSpec ResNet152 = Spec("keras-resnet152", 3, 8, 36, 3);

    private static int Block(GraphBuilder g, string name, int x, int width, int stride, bool projects)
    {
        var shortcut = x;
        if (projects)
        {
            shortcut = g.Conv($"{name}_0_conv", x, 4 * width, kernel: 1, stride, bias: true);
            shortcut = g.BatchNorm($"{name}_0_bn", shortcut);
        }

        x = g.Conv($"{name}_1_conv", x, width, kernel: 1, stride, bias: true);
        x = g.BatchNorm($"{name}_1_bn", x);
        x = g.Relu($"{name}_1_relu", x);
        x = g.Conv($"{name}_2_conv", x, width, kernel: 3, padding: 1, bias: true);
        x = g.BatchNorm($"{name}_2_bn", x);
        x = g.Relu($"{name}_2_relu", x);
        x = g.Conv($"{name}_3_conv", x, 4 * width, kernel: 1, bias: true);
        x = g.BatchNorm($"{name}_3_bn", x);
        x = g.Apply(new Add($"{name}_add"), shortcut, x);
        return g.Relu($"{name}_out", x);
    }

    /// <summary>
    /// Returns a layer's name in Keras 1 and in the first years of Keras 2. conv2_block1_1_conv was res2a_branch2a, its BatchNorm
    /// bn2a_branch2a, and the shortcut's branch1. The earliest of these networks didn't pad before the first pooling. Today's network does;
    /// it still accepts their weights.
    /// </summary>
    private static string? OlderName(string name)
    {
        var match = Unit().Match(name);
        if (!match.Success)
        {
            return name switch { "conv1_conv" => "conv1", "conv1_bn" => "bn_conv1", _ => null };
        }

        var kind = match.Groups["kind"].Value == "conv" ? "res" : "bn";
        var block = (char)('a' + int.Parse(match.Groups["block"].ValueSpan, CultureInfo.InvariantCulture) - 1);
        var branch = match.Groups["unit"].Value switch { "0" => "1", "1" => "2a", "2" => "2b", _ => "2c" };
        return $"{kind}{match.Groups["stage"].Value}{block}_branch{branch}";
    }

    [GeneratedRegex("^conv(?<stage>[2-5])_block(?<block>[1-9][0-9]?)_(?<unit>[0-3])_(?<kind>conv|bn)$")]
    private static partial Regex Unit();

    private static BackboneSpec Spec(string name, params int[] blocks) => new()
    {
        Name = name,
        Family = BackboneFamily.Keras,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Caffe,
        Epsilon = 1.001e-5,
        Reference = "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, arXiv 1512.03385",
        Layout = g =>
        {
            var x = g.Apply(new Input("input_1", g.ShapeOf(GraphBuilder.Input)), GraphBuilder.Input);
            x = g.Apply(new ZeroPadding("conv1_pad", 3), x);
            x = g.Conv("conv1_conv", x, 64, kernel: 7, stride: 2, bias: true);
            x = g.BatchNorm("conv1_bn", x);
            x = g.Relu("conv1_relu", x);
            x = g.Apply(new ZeroPadding("pool1_pad", 1), x);
            x = g.Apply(new MaxPool("pool1_pool", Window.Square(3, stride: 2)), x);
            for (var stage = 0; stage < blocks.Length; stage++)
            {
                for (var i = 0; i < blocks[stage]; i++)
                {
                    x = Block(g, $"conv{stage + 2}_block{i + 1}", x, 64 << stage, stage > 0 && i == 0 ? 2 : 1, projects: i == 0);
                }
            }

            return KerasLayerOrder.Of(g);
        },
    };
}
