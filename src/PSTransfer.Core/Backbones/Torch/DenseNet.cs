using System.Text.RegularExpressions;
using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// DenseNet in torchvision's layout (Huang et al. 2016, arXiv 1608.06993, table 1). BatchNorm and ReLU come before each convolution. Every
/// layer of a block adds 32 channels to those before it. A transition between blocks halves channels and map.
/// </summary>
internal static partial class DenseNet
{
    private const int Growth = 32;

    public static readonly BackboneSpec DenseNet121 = Spec("densenet121", 6, 12, 24, 16);
    public static readonly BackboneSpec DenseNet169 = Spec("densenet169", 6, 12, 32, 32);
    public static readonly BackboneSpec DenseNet201 = Spec("densenet201", 6, 12, 48, 32);

    /// <summary>A dense layer: 1×1 to four times the growth, 3×3 to the growth, joined to the layer's input.</summary>
    private static int DenseLayer(GraphBuilder g, string name, int x)
    {
        var y = g.BatchNorm($"{name}.norm1", x);
        y = g.Relu($"{name}.relu1", y);
        y = g.Conv($"{name}.conv1", y, 4 * Growth, kernel: 1);
        y = g.BatchNorm($"{name}.norm2", y);
        y = g.Relu($"{name}.relu2", y);
        y = g.Conv($"{name}.conv2", y, Growth, kernel: 3, padding: 1);
        return g.Apply(new Concat(string.Empty), x, y);
    }

    private static int Transition(GraphBuilder g, string name, int x)
    {
        x = g.BatchNorm($"{name}.norm", x);
        x = g.Relu($"{name}.relu", x);
        x = g.Conv($"{name}.conv", x, g.ShapeOf(x).Channels / 2, kernel: 1);
        return g.Apply(new AveragePool($"{name}.pool", Window.Square(2, stride: 2)), x);
    }

    // The published files are older than the layers' names: denselayer1.norm.1.weight is now denselayer1.norm1.weight.
    [GeneratedRegex(@"(?<=\.denselayer\d+\.(norm|conv))(?=[12]\.)")]
    private static partial Regex BeforeNumber();

    private static BackboneSpec Spec(string name, params int[] blocks) => new()
    {
        Name = name,
        Family = BackboneFamily.Torch,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Torch,
        OtherNames = [new NameStyle("torchvision's older ones", name => BeforeNumber().Replace(name, ".")), SequentialNames.Features],
        Reference = "Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks, arXiv 1608.06993",
        Layout = g =>
        {
            var x = g.Conv("features.conv0", GraphBuilder.Input, 2 * Growth, kernel: 7, stride: 2, padding: 3);
            x = g.BatchNorm("features.norm0", x);
            x = g.Relu("features.relu0", x);
            x = g.Apply(new MaxPool("features.pool0", Window.Square(3, stride: 2, padding: 1)), x);
            for (var block = 1; block <= blocks.Length; block++)
            {
                for (var layer = 1; layer <= blocks[block - 1]; layer++)
                {
                    x = DenseLayer(g, $"features.denseblock{block}.denselayer{layer}", x);
                }

                x = block < blocks.Length ? Transition(g, $"features.transition{block}", x) : x;
            }

            x = g.BatchNorm("features.norm5", x);
            g.Relu(string.Empty, x);
            return null;
        },
    };
}
