using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// ResNet in torchvision's layout (He et al. 2015, arXiv 1512.03385, table 1). There are no biases, and a bottleneck's stride is on its
/// 3×3 convolution ("v1.5"). The relatives have a wider bottleneck: ResNeXt (Xie et al. 2016, arXiv 1611.05431, table 1) and Wide ResNet
/// (Zagoruyko and Komodakis 2016, arXiv 1605.07146).
/// </summary>
internal static class ResNet
{
    //                                                          blocks of 64, 128, 256, 512 channels
    public static readonly BackboneSpec ResNet18 = Spec("resnet18", Basic, 2, 2, 2, 2);
    public static readonly BackboneSpec ResNet34 = Spec("resnet34", Basic, 3, 4, 6, 3);
    public static readonly BackboneSpec ResNet50 = Spec("resnet50", Bottleneck(), 3, 4, 6, 3);
    public static readonly BackboneSpec ResNet101 = Spec("resnet101", Bottleneck(), 3, 4, 23, 3);
    public static readonly BackboneSpec ResNet152 = Spec("resnet152", Bottleneck(), 3, 8, 36, 3);

    public static readonly BackboneSpec ResNeXt50 = Spec("resnext50_32x4d", Bottleneck(widen: 2, groups: 32), 3, 4, 6, 3) with
    {
        Reference = "Xie, Girshick, Dollár, Tu, He: Aggregated Residual Transformations for Deep Neural Networks, arXiv 1611.05431",
    };

    public static readonly BackboneSpec WideResNet50 = Spec("wide_resnet50_2", Bottleneck(widen: 2), 3, 4, 6, 3) with
    {
        Reference = "Zagoruyko, Komodakis: Wide Residual Networks, arXiv 1605.07146",
    };

    /// <summary>Builds a residual block on x with the given width and stride, and with torchvision's names for its parts.</summary>
    internal delegate int Block(GraphBuilder g, string name, int x, int width, int stride);

    /// <summary>Stages of blocks. The first block of each stage halves the map, except in the first stage.</summary>
    internal static int Stages(GraphBuilder g, int x, Block block, int width, params ReadOnlySpan<int> blocks)
    {
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            for (var i = 0; i < blocks[stage]; i++)
            {
                x = block(g, $"layer{stage + 1}.{i}", x, width << stage, stage > 0 && i == 0 ? 2 : 1);
            }
        }

        return x;
    }

    /// <summary>The basic block: two 3×3 convolutions.</summary>
    internal static int Basic(GraphBuilder g, string name, int x, int width, int stride)
    {
        var relu = new Relu($"{name}.relu");
        var y = g.Conv($"{name}.conv1", x, width, kernel: 3, stride, padding: 1);
        y = g.BatchNorm($"{name}.bn1", y);
        y = g.Apply(relu, y);
        y = g.Conv($"{name}.conv2", y, width, kernel: 3, padding: 1);
        y = g.BatchNorm($"{name}.bn2", y);
        return g.Apply(relu, g.Apply(new Add(string.Empty), y, Shortcut(g, name, x, width, stride)));
    }

    /// <summary>
    /// The bottleneck: 1×1, 3×3, 1×1 to four times the width. The 3×3 is widened and in groups (32x4d: 32 groups of 4 channels in the
    /// first stage).
    /// </summary>
    private static Block Bottleneck(int widen = 1, int groups = 1) => (g, name, x, width, stride) =>
    {
        var relu = new Relu($"{name}.relu"); // one module, applied three times, listed after bn3
        var y = g.Conv($"{name}.conv1", x, widen * width, kernel: 1);
        y = g.BatchNorm($"{name}.bn1", y);
        y = g.ApplyUnlisted(relu, y);
        y = g.Conv($"{name}.conv2", y, widen * width, kernel: 3, stride, padding: 1, groups: groups);
        y = g.BatchNorm($"{name}.bn2", y);
        y = g.ApplyUnlisted(relu, y);
        y = g.Conv($"{name}.conv3", y, 4 * width, kernel: 1);
        y = g.BatchNorm($"{name}.bn3", y);
        g.List(relu);
        return g.Apply(relu, g.Apply(new Add(string.Empty), y, Shortcut(g, name, x, 4 * width, stride)));
    };

    /// <summary>The shortcut: the input itself, or a strided 1×1 projection if the shape changes (option B).</summary>
    private static int Shortcut(GraphBuilder g, string name, int x, int channels, int stride)
    {
        if (stride == 1 && g.ShapeOf(x).Channels == channels)
        {
            return x;
        }

        var y = g.Conv($"{name}.downsample.0", x, channels, kernel: 1, stride);
        return g.BatchNorm($"{name}.downsample.1", y);
    }

    private static BackboneSpec Spec(string name, Block block, params int[] blocks) => new()
    {
        Name = name,
        Family = BackboneFamily.Torch,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Torch,
        OtherNames = [HuggingFaceNames.ResNet, SequentialNames.ResNet],
        Reference = "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, arXiv 1512.03385",
        Layout = g =>
        {
            var x = g.Conv("conv1", GraphBuilder.Input, 64, kernel: 7, stride: 2, padding: 3);
            x = g.BatchNorm("bn1", x);
            x = g.Relu("relu", x);
            x = g.Apply(new MaxPool("maxpool", Window.Square(3, stride: 2, padding: 1)), x);
            Stages(g, x, block, 64, blocks);
            return null;
        },
    };
}
