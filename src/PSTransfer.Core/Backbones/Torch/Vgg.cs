using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// VGG in torchvision's layout (Simonyan and Zisserman 2014, arXiv 1409.1556, table 1). Blocks of 3×3 convolutions with a bias each end in
/// a pooling that halves the map. The backbone ends with the last pooling; the dense layers that follow are torchvision's classifier.
/// </summary>
internal static class Vgg
{
    // Configuration D: the channels of each block's convolutions.
    private static readonly int[][] D = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]];

    public static readonly BackboneSpec Vgg16 = Spec("vgg16", D, batchNorm: false);
    public static readonly BackboneSpec Vgg16BatchNorm = Spec("vgg16-bn", D, batchNorm: true);

    private static BackboneSpec Spec(string name, int[][] blocks, bool batchNorm) => new()
    {
        Name = name,
        Family = BackboneFamily.Torch,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Torch,
        OtherNames = [SequentialNames.Features],
        Reference = "Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, arXiv 1409.1556",
        Layout = g =>
        {
            var x = GraphBuilder.Input;
            var index = 0;
            foreach (var block in blocks)
            {
                foreach (var channels in block)
                {
                    x = g.Conv($"features.{index++}", x, channels, kernel: 3, padding: 1, bias: true);
                    if (batchNorm)
                    {
                        x = g.BatchNorm($"features.{index++}", x);
                    }

                    x = g.Relu($"features.{index++}", x);
                }

                x = g.Apply(new MaxPool($"features.{index++}", Window.Square(2, stride: 2)), x);
            }

            return null;
        },
    };
}
