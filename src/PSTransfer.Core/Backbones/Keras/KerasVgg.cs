using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// VGG16 in Keras Applications' layout (Simonyan and Zisserman 2014, arXiv 1409.1556, table 1, D). A ReLU belongs to its convolution and
/// isn't listed. The arithmetic is torchvision's; names, preprocessing and weights aren't.
/// </summary>
internal static class KerasVgg
{
    // For each block: the channels and the number of its convolutions.
    private static readonly (int Channels, int Count)[] Table = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

    public static readonly BackboneSpec Vgg16 = new()
    {
        Name = "keras-vgg16",
        Family = BackboneFamily.Keras,
        DefaultImageSize = 224,
        MinimumImageSize = 32,
        Preprocessing = Preprocessing.Caffe,
        Reference = "Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, arXiv 1409.1556",
        Layout = g =>
        {
            var x = g.Apply(new Input("input_1", g.ShapeOf(GraphBuilder.Input)), GraphBuilder.Input);
            for (var block = 1; block <= Table.Length; block++)
            {
                var (channels, count) = Table[block - 1];
                for (var i = 1; i <= count; i++)
                {
                    x = g.Conv($"block{block}_conv{i}", x, channels, kernel: 3, padding: 1, bias: true);
                    x = g.Relu(string.Empty, x);
                }

                x = g.Apply(new MaxPool($"block{block}_pool", Window.Square(2, stride: 2)), x);
            }

            return KerasLayerOrder.Of(g);
        },
    };
}
