using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// ConvNeXt in torchvision's layout (Liu et al. 2022, arXiv 2201.03545, table 9). It has no BatchNorm, but LayerNorm over the channels of
/// each pixel, with eps 1e-6. The backbone ends with the last block; the LayerNorm behind the pooling belongs to the classifier.
/// </summary>
internal static class ConvNeXt
{
    //                                                             blocks and channels of each stage
    public static readonly BackboneSpec Tiny = Spec("convnext-tiny", (3, 96), (3, 192), (9, 384), (3, 768));

    /// <summary>
    /// A block: depthwise 7×7, then for each pixel LayerNorm, four times the channels, GELU, and back. The result is scaled, dropped and
    /// added.
    /// </summary>
    private static int Block(GraphBuilder g, string name, int x, double dropRate)
    {
        var channels = g.ShapeOf(x).Channels;
        var scale = new LayerScale(name, channels);
        g.List(scale); // a parameter of the block itself, listed before the block's parts
        var y = g.DepthwiseConv($"{name}.block.0", x, Window.Square(7, padding: 3), bias: true);
        y = g.Apply(new Permute($"{name}.block.1"), y);
        y = g.Apply(new LayerNorm($"{name}.block.2", channels, epsilon: 1e-6), y);
        y = g.Apply(new ChannelDense($"{name}.block.3", channels, 4 * channels), y);
        y = g.Apply(new Gelu($"{name}.block.4"), y);
        y = g.Apply(new ChannelDense($"{name}.block.5", 4 * channels, channels), y);
        y = g.Apply(new Permute($"{name}.block.6"), y);
        y = g.Apply(scale, y);
        y = g.Apply(new StochasticDepth($"{name}.stochastic_depth", dropRate), y);
        return g.Apply(new Add(string.Empty), x, y);
    }

    private static BackboneSpec Spec(string name, params (int Blocks, int Channels)[] stages) => new()
    {
        Name = name,
        Family = BackboneFamily.Torch,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Torch,
        OtherNames = [TimmNames.ConvNeXt, HuggingFaceNames.ConvNeXt, SequentialNames.Features],
        Reference = "Liu, Mao, Wu, Feichtenhofer, Darrell, Xie: A ConvNet for the 2020s, arXiv 2201.03545",
        Layout = g =>
        {
            var last = stages.Sum(stage => stage.Blocks) - 1;
            var (index, block) = (0, 0);
            var x = GraphBuilder.Input;
            foreach (var (blocks, channels) in stages)
            {
                if (index == 0)
                {
                    x = g.Conv("features.0.0", x, channels, kernel: 4, stride: 4, bias: true);
                    x = g.Apply(new LayerNorm("features.0.1", channels, epsilon: 1e-6), x);
                }
                else
                {
                    x = g.Apply(new LayerNorm($"features.{index}.0", g.ShapeOf(x).Channels, epsilon: 1e-6), x);
                    x = g.Conv($"features.{index}.1", x, channels, kernel: 2, stride: 2, bias: true);
                }

                index++;
                for (var i = 0; i < blocks; i++)
                {
                    x = Block(g, $"features.{index}.{i}", x, dropRate: 0.1 * block++ / last);
                }

                index++;
            }

            return null;
        },
    };
}
