using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// RegNetY in torchvision's layout (Radosavovic et al. 2020, arXiv 2003.13678, figure 20). Bottlenecks are as wide as their output, in
/// groups of a fixed width, with squeeze and excitation.
/// </summary>
internal static class RegNet
{
    public static readonly BackboneSpec Y400MF = Spec("regnet_y_400mf", groupWidth: 8, (1, 48), (3, 104), (6, 208), (6, 440));

    private static readonly Func<string, Layer> Activation = name => new Relu(name);

    /// <summary>
    /// A block: 1×1, 3×3 in groups with the stride, squeezing to a quarter of the input's channels, 1×1. If the shape changes, the
    /// shortcut is a strided 1×1 projection.
    /// </summary>
    private static int Block(GraphBuilder g, string name, int x, int width, int groupWidth, int stride)
    {
        var inside = g.ShapeOf(x).Channels;
        var shortcut = stride == 1 && inside == width
            ? x
            : ConvNorm.Apply(g, $"{name}.proj", x, width, kernel: 1, activation: null, stride);
        var y = ConvNorm.Apply(g, $"{name}.f.a", x, width, kernel: 1, Activation);
        y = ConvNorm.Apply(g, $"{name}.f.b", y, width, kernel: 3, Activation, stride, groups: width / groupWidth);
        y = SqueezeExcitation.Apply(g, $"{name}.f.se", y, inside / 4, Activation, gate => new Sigmoid(gate));
        y = ConvNorm.Apply(g, $"{name}.f.c", y, width, kernel: 1, activation: null);
        return g.Relu($"{name}.activation", g.Apply(new Add(string.Empty), shortcut, y));
    }

    private static BackboneSpec Spec(string name, int groupWidth, params (int Depth, int Width)[] stages) => new()
    {
        Name = name,
        Family = BackboneFamily.Torch,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Torch,
        OtherNames = [TimmNames.RegNet, SequentialNames.RegNet],
        Reference = "Radosavovic, Kosaraju, Girshick, He, Dollár: Designing Network Design Spaces, arXiv 2003.13678",
        Layout = g =>
        {
            var x = ConvNorm.Apply(g, "stem", GraphBuilder.Input, 32, kernel: 3, Activation, stride: 2);
            for (var stage = 1; stage <= stages.Length; stage++)
            {
                var (depth, width) = stages[stage - 1];
                for (var i = 0; i < depth; i++)
                {
                    x = Block(g, $"trunk_output.block{stage}.block{stage}-{i}", x, width, groupWidth, i == 0 ? 2 : 1);
                }
            }

            return null;
        },
    };
}
