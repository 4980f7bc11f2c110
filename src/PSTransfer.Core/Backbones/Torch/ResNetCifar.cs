using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Backbones.Torch;

/// <summary>
/// The small ResNet for images of about 32×32 (He et al. 2015, arXiv 1512.03385, section 4.2): no pooling at the start; 16, 32 and 64
/// channels. The paper's shortcuts pad with zeros. Here they are projections (option B), so that every layer has a weight and a name.
/// </summary>
internal static class ResNetCifar
{
    public static readonly BackboneSpec ResNet20 = new()
    {
        Name = "resnet20",
        Family = BackboneFamily.Torch,
        DefaultImageSize = 32,
        MinimumImageSize = 8,
        Preprocessing = Preprocessing.Rescale,
        Weights = ["fashion"],
        Reference = "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, arXiv 1512.03385, section 4.2",
        Layout = g =>
        {
            var x = g.Conv("conv1", GraphBuilder.Input, 16, kernel: 3, padding: 1);
            x = g.BatchNorm("bn1", x);
            x = g.Relu("relu", x);
            ResNet.Stages(g, x, ResNet.Basic, 16, 3, 3, 3);
            return null;
        },
    };
}
