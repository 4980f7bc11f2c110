using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Tests.Weights.KerasH5;

/// <summary>The small network of tests/Fixtures/keras-h5/make.py, with keras-resnet50's older names, and its files.</summary>
internal static class SmallKeras
{
    public const double NewEpsilon = 1.001e-5;
    public const double OldEpsilon = 1e-3;

    public static BackboneSpec Spec { get; } = new()
    {
        Name = "small",
        Family = BackboneFamily.Keras,
        DefaultImageSize = 8,
        MinimumImageSize = 1,
        Preprocessing = Preprocessing.Rescale,
        Epsilon = NewEpsilon,
        OlderNames = BackboneCatalogue.Find("keras-resnet50").OlderNames,
        Reference = "none",
        Layout = g =>
        {
            var x = g.Conv("conv1_conv", GraphBuilder.Input, 4, kernel: 3, bias: true);
            x = g.BatchNorm("conv1_bn", x);
            x = g.Conv("conv2_block1_1_conv", x, 6, kernel: 1, bias: true);
            g.BatchNorm("conv2_block1_1_bn", x);
            return null;
        },
    };

    public static TransferNetwork Network(BackboneSpec? spec = null) => TransferNetwork.Create(spec ?? Spec, new ImageShape(8, 8, 3), seed: 2);

    public static string File(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "keras-h5", name);
}
